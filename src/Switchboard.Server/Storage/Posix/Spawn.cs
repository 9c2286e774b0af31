using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Server.Storage.Posix;

/// <summary>A descriptor of a program about to be started: one of ours under another number.</summary>
internal readonly record struct GivenDescriptor(SafeFileHandle Handle, int Number);

/// <summary>Starts programs: a session of their own, default signals, an empty mask, and only the descriptors given (posix_spawn(3)).</summary>
internal static unsafe partial class Spawn
{
    private const short SetSignalDefaults = 0x04, SetSignalMask = 0x08, SetSession = 0x80;

    // Above the numbers given, so that moving one descriptor never overwrites another that is still to be moved.
    private const int FirstSpare = 100;

    // posix_spawnattr_t has 336 bytes and posix_spawn_file_actions_t 80 on 64-bit glibc; musl's are of the same order.
    private const int OpaqueBytes = 512;

    /// <summary>Starts a program by its path.</summary>
    /// <param name="program">Absolute.</param>
    /// <param name="arguments">The first is the name it sees itself under. Bytes, because arguments need not be text.</param>
    /// <param name="environment">All of it, as <c>NAME=value</c>.</param>
    /// <param name="descriptors">All of them; their numbers ascend.</param>
    /// <param name="process">Its number; the caller waits for it (<see cref="TryReap"/>).</param>
    public static Errno TryStart(
        string program, IReadOnlyList<FileName> arguments, IReadOnlyList<FileName> environment, IReadOnlyList<GivenDescriptor> descriptors, out int process)
    {
        var attributes = stackalloc byte[OpaqueBytes];
        var actions = stackalloc byte[OpaqueBytes];
        var signals = stackalloc byte[128];
        Must(posix_spawnattr_init(attributes));
        Must(posix_spawn_file_actions_init(actions));
        try
        {
            new Span<byte>(signals, 128).Clear();
            Must(posix_spawnattr_setsigmask(attributes, signals));
            new Span<byte>(signals, 128).Fill(0xff);
            Must(posix_spawnattr_setsigdefault(attributes, signals));
            Must(posix_spawnattr_setflags(attributes, SetSession | SetSignalDefaults | SetSignalMask));
            Give(actions, descriptors);
            return Start(program, arguments, environment, actions, attributes, out process);
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>Takes away the remains of a child that has ended. A process that is not our child has none for us.</summary>
    /// <returns>Its exit code (128 + n after signal n); -1 while it runs; null where it is no child of ours.</returns>
    public static int? TryReap(int process)
    {
        int status;
        return waitpid(process, &status, 1 /* WNOHANG */) switch
        {
            0 => -1,
            < 0 => null,
            _ => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
        };
    }

    private static void Give(byte* actions, IReadOnlyList<GivenDescriptor> descriptors)
    {
        for (var i = 0; i < descriptors.Count; i++)
        {
            Must(posix_spawn_file_actions_adddup2(actions, (int)descriptors[i].Handle.DangerousGetHandle(), FirstSpare + i));
        }

        for (var i = 0; i < descriptors.Count; i++)
        {
            Must(posix_spawn_file_actions_adddup2(actions, FirstSpare + i, descriptors[i].Number));
        }

        CloseFrom(actions, descriptors[^1].Number + 1);
    }

    private static void CloseFrom(byte* actions, int first)
    {
        try
        {
            Must(posix_spawn_file_actions_addclosefrom_np(actions, first));
        }
        catch (EntryPointNotFoundException)
        {
            // A C library older than glibc 2.34: all of ours are closed on exec anyway, and the spare numbers one by one.
            for (var i = 0; i < 16; i++)
            {
                Must(posix_spawn_file_actions_addclose(actions, FirstSpare + i));
            }
        }
    }

    private static Errno Start(
        string program, IReadOnlyList<FileName> arguments, IReadOnlyList<FileName> environment, byte* actions, byte* attributes, out int process)
    {
        using var argv = new TextVector(arguments);
        using var envp = new TextVector(environment);
        fixed (byte* path = FileName.From(program))
        {
            int started;
            var error = posix_spawn(&started, path, actions, attributes, argv.Pointer, envp.Pointer);
            process = error == 0 ? started : 0;
            return (Errno)error;
        }
    }

    // These only fill memory; they fail when there is none left.
    private static void Must(int error) => Kernel.Check((Errno)error, null);

    /// <summary>A NULL-terminated array of NUL-terminated texts in memory that does not move.</summary>
    private sealed class TextVector : IDisposable
    {
        private readonly void* _memory;

        public TextVector(IReadOnlyList<FileName> texts)
        {
            var bytes = texts.Sum(text => (long)text.Bytes.Length + 1);
            _memory = NativeMemory.Alloc((nuint)(((texts.Count + 1) * sizeof(byte*)) + bytes));
            Pointer = (byte**)_memory;
            var at = (byte*)(Pointer + texts.Count + 1);
            for (var i = 0; i < texts.Count; i++)
            {
                Pointer[i] = at;
                texts[i].Bytes.CopyTo(new Span<byte>(at, texts[i].Bytes.Length));
                at += texts[i].Bytes.Length;
                *at++ = 0;
            }

            Pointer[texts.Count] = null;
        }

        public byte** Pointer { get; }

        public void Dispose() => NativeMemory.Free(_memory);
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn(int* process, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_addclose(byte* actions, int descriptor);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_addclosefrom_np(byte* actions, int from);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int process, int* status, int options);
}
