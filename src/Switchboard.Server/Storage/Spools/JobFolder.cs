using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Spools;

/// <summary>
/// The folder of one job. It is the truth about the job, so that a server that starts anew finds what the one before it began:
/// <c>job.json</c> what runs; <c>end.json</c> how it ended; <c>out</c>, <c>err</c>, <c>status</c> what was said; and named pipes to the job's processes:
/// <c>in.pipe</c>, <c>out.pipe</c>, <c>err.pipe</c>, <c>status.pipe</c>, and <c>ack.pipe</c> and <c>hold.pipe</c>, on which those who hold the pipes open
/// wait to be released.
/// </summary>
internal sealed class JobFolder
{
    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";
    private const int IdLength = 8;

    // A status is two short lines and a number.
    private const int MostStatus = 16 * 1024;

    private JobFolder(string path) => Path = path;

    public string Path { get; }

    public string Id => System.IO.Path.GetFileName(Path);

    public string InputPipe => At("in.pipe");

    public string OutputPipe => At("out.pipe");

    public string ErrorPipe => At("err.pipe");

    public string StatusPipe => At("status.pipe");

    public string AckPipe => At("ack.pipe");

    public string HoldPipe => At("hold.pipe");

    public string OutputFile => At("out");

    public string ErrorFile => At("err");

    public string StatusFile => At("status");

    /// <summary>A job can be begun in it: it was not given up before.</summary>
    public bool HasRecord => File.Exists(At("job.json"));

    /// <summary>Makes a folder with a new id and its pipes.</summary>
    public static JobFolder Create(string jobs)
    {
        var folder = new JobFolder(System.IO.Path.Combine(jobs, RandomNumberGenerator.GetString(Letters, IdLength)));
        Directory.CreateDirectory(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var pipe in new[] { folder.InputPipe, folder.OutputPipe, folder.ErrorPipe, folder.StatusPipe, folder.AckPipe, folder.HoldPipe })
        {
            Pipes.Make(pipe);
        }

        return folder;
    }

    /// <summary>All folders there are, those of jobs that never began among them.</summary>
    public static IEnumerable<JobFolder> All(string jobs) =>
        Directory.EnumerateDirectories(jobs).Where(path => System.IO.Path.GetFileName(path).Length == IdLength).Select(path => new JobFolder(path));

    /// <summary>Written before the job has its orders, so that one cut short describes nothing that runs.</summary>
    public void Write(JobRecord record) => File.WriteAllBytes(At("job.json"), JsonSerializer.SerializeToUtf8Bytes(record, SpoolJson.Default.JobRecord));

    /// <summary>Under a temporary name first: a file under its name is whole.</summary>
    public void Write(JobEnding ending)
    {
        var temporary = At("end.json.new");
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(ending, SpoolJson.Default.JobEnding));
        File.Move(temporary, At("end.json"), overwrite: true);
    }

    /// <exception cref="InvalidDataException">Not written by us, or cut short.</exception>
    public JobRecord ReadRecord() => Read("job.json", SpoolJson.Default.JobRecord);

    /// <summary>Null while it runs.</summary>
    /// <exception cref="InvalidDataException">Not written by us.</exception>
    public JobEnding? ReadEnding() => File.Exists(At("end.json")) ? Read("end.json", SpoolJson.Default.JobEnding) : null;

    /// <summary>What the job's processes have said on the status pipe so far, as far as it was taken over into the file.</summary>
    public static JobStatus ReadStatus(Spool status)
    {
        var said = new byte[MostStatus];
        var length = 0;
        status.TryRead(0, MostStatus, most => said.AsSpan(0, length = most));
        return JobStatus.Parse(said.AsSpan(0, length));
    }

    /// <summary>
    /// Notes how much input the program has been given: before a write with where it would lead, after it with where it led. Equal numbers are
    /// exact; different ones are what a server that was killed in between leaves.
    /// </summary>
    public void WriteInputCount(SafeFileHandle file, long begun, long done)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, begun);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], done);
        _ = Kernel.TryWrite(file, bytes, 0, out _);
    }

    /// <summary>The program's input was ended: a later server must not open it again, or its end would be taken back.</summary>
    public bool IsInputEnded => File.Exists(At("in.end"));

    public void NoteInputEnd() => File.WriteAllBytes(At("in.end"), []);

    public SafeFileHandle OpenInputCount() => Pipes.Open(At("in.count"), Kernel.ReadWrite | Kernel.Create, 0b110_000_000);

    /// <summary>What <see cref="WriteInputCount"/> noted last; null where nothing was.</summary>
    public (long Begun, long Done)? ReadInputCount()
    {
        var path = At("in.count");
        return File.Exists(path) && File.ReadAllBytes(path) is { Length: 16 } bytes
            ? (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)))
            : null;
    }

    /// <summary>Whether a process waits on a pipe of this job: the kernel refuses to open one for writing that nobody reads (fifo(7), ENXIO).</summary>
    public static bool IsHeld(string pipe)
    {
        var error = Pipes.TryOpen(pipe, Kernel.WriteOnly | Kernel.NonBlocking, out var handle);
        handle.Dispose();
        return error is Errno.None;
    }

    /// <summary>Lets whoever waits on a pipe of this job go.</summary>
    public static void Release(string pipe)
    {
        if (Pipes.TryOpen(pipe, Kernel.WriteOnly | Kernel.NonBlocking, out var handle) is Errno.None)
        {
            using (handle)
            {
                _ = Pipes.TryWrite(handle, "\n"u8, out _);
            }
        }
    }

    /// <summary>Removes the pipes, which an ended job needs no more.</summary>
    public void RemovePipes()
    {
        foreach (var pipe in Directory.EnumerateFiles(Path, "*.pipe"))
        {
            File.Delete(pipe);
        }
    }

    public void Remove() => Directory.Delete(Path, recursive: true);

    private T Read<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(At(name)), type) ?? throw new InvalidDataException($"{name} is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
