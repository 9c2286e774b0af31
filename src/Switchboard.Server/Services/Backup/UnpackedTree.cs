using System.Formats.Tar;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Backup;

/// <summary>
/// Unpacks entries below one folder, each name opened in the handle of its parent and no link ever followed: an archive cannot lead outside,
/// and no path is too long. Folders get their modes and times when the walk leaves them.
/// </summary>
internal sealed class UnpackedTree : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const uint OwnerFolder = 0b111_000_000, OwnerFile = 0b110_000_000;

    private readonly List<Level> _levels = [];
    private readonly byte[] _buffer = new byte[BufferSize];

    public UnpackedTree(string root)
    {
        Kernel.Check(Kernel.TryOpenRoot(root, Kernel.ReadOnly, out var handle), root);
        _levels.Add(new Level("", handle, null));
    }

    public void AddFolder(string[] names, TarEntry entry)
    {
        var parent = Enter(names);
        Kernel.Check(Kernel.TryMakeFolder(parent, FileName.From(names[^1]), OwnerFolder), entry.Name);
        Kernel.Check(Kernel.TryOpenIn(parent, FileName.From(names[^1]), Kernel.ReadOnly | Kernel.Folder, 0, out var folder), entry.Name);
        _levels.Add(new Level(names[^1], folder, entry));
    }

    public void AddLink(string[] names, string target)
    {
        var parent = Enter(names);
        File.CreateSymbolicLink($"/proc/self/fd/{parent.DangerousGetHandle()}/{names[^1]}", target);
    }

    /// <summary>Answers with the SHA-256 of what was written.</summary>
    public async Task<byte[]> AddFileAsync(string[] names, TarEntry entry, CancellationToken ct)
    {
        var parent = Enter(names);
        Kernel.Check(Kernel.TryOpenIn(parent, FileName.From(names[^1]), Kernel.WriteOnly | Kernel.Create | Kernel.Exclusive, OwnerFile, out var handle), entry.Name);
        await using var file = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int read;
        while (entry.DataStream is not null && (read = await entry.DataStream.ReadAsync(_buffer, ct).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(_buffer, 0, read);
            await file.WriteAsync(_buffer.AsMemory(0, read), ct).ConfigureAwait(false);
        }

        Settle(handle, entry);
        return hash.GetHashAndReset();
    }

    /// <summary>Leaves all folders.</summary>
    public void Finish() => LeaveTo(1);

    public void Dispose()
    {
        foreach (var level in _levels)
        {
            level.Handle.Dispose();
        }
    }

    // Entries come depth first, each folder before what it holds.
    private SafeFileHandle Enter(string[] names)
    {
        var common = 1;
        while (common < _levels.Count && common < names.Length && _levels[common].Name == names[common - 1])
        {
            common++;
        }

        LeaveTo(common);
        return _levels.Count == names.Length
            ? _levels[^1].Handle
            : throw new RefusedException(RefusalCode.DigestMismatch, string.Join('/', names), "its folder did not come before it");
    }

    private void LeaveTo(int count)
    {
        while (_levels.Count > count)
        {
            var level = _levels[^1];
            Settle(level.Handle, level.Entry!);
            level.Handle.Dispose();
            _levels.RemoveAt(_levels.Count - 1);
        }
    }

    private static void Settle(SafeFileHandle handle, TarEntry entry)
    {
        Kernel.SetMode(handle, (int)entry.Mode, entry.Name);
        Kernel.SetModified(handle, (entry.ModificationTime - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, entry.Name);
    }

    private sealed record Level(string Name, SafeFileHandle Handle, TarEntry? Entry);
}
