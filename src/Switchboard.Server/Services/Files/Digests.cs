using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Digests of stored files: from the record where the file is as it was, else computed and recorded.</summary>
internal sealed class Digests(IFileStore store, Committer committer)
{
    public byte[]? Known(AccountFiles account, in FileStatus status) =>
        committer.Unwritten(account.Id, status.Version) ?? store.Digest(account.Id, status.Version);

    /// <summary>A file's state as a short text.</summary>
    public static string Name(in FileVersion version) =>
        string.Create(CultureInfo.InvariantCulture, $"{version.Inode:x}-{version.Size:x}-{version.ModifiedNs:x}-{version.ChangedNs:x}");

    public void Note(AccountFiles account, string path, in FileStatus status, byte[] digest) =>
        store.NoteDigest(new DigestRecord(account.Id, status.Version, digest, path));

    /// <summary>Reads a file, and records its digest where none is on record.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.SourceChanged"/> when it was changed meanwhile.</exception>
    public async Task<byte[]> ComputeAsync(AccountFiles account, string path, SafeFileHandle file, FileStatus status, CancellationToken ct)
    {
        using var hash = new RunningHash();
        await hash.CatchUpAsync(file, status.Size, "/" + path, ct);
        var digest = hash.Current();
        // A record that differs from the disk is what verify is there to show: it stays.
        if (IsUnchanged(file, status, "/" + path) && Known(account, status) is null)
        {
            Note(account, path, status, digest);
        }

        return digest;
    }

    /// <summary>Whether a file is still in the state it was in. Content that changed is refused; a rename alone only makes the record useless.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.SourceChanged"/>.</exception>
    public static bool IsUnchanged(SafeFileHandle file, in FileStatus before, string shown)
    {
        var now = Kernel.Status(file, shown);
        if (now.Size != before.Size || now.ModifiedNs != before.ModifiedNs)
        {
            throw new RefusedException(RefusalCode.SourceChanged, shown, "it was changed while it was read");
        }

        return now.ChangedNs == before.ChangedNs;
    }

    /// <summary>Compares a digest in hex with one in bytes; digests are no secrets, so time does not matter.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for what is no digest.</exception>
    public static bool Matches(string hex, ReadOnlySpan<byte> digest)
    {
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        Parse(hex, given);
        return given.SequenceEqual(digest);
    }

    public static void Parse(string hex, Span<byte> digest)
    {
        if (hex.Length != 2 * SHA256.HashSizeInBytes || Convert.FromHexString(hex, digest, out _, out _) is not System.Buffers.OperationStatus.Done)
        {
            throw new RefusedException(RefusalCode.BadRequest, "sha256", "64 hexadecimal digits");
        }
    }

    /// <summary>Gives an unnamed file the sender's time and mode, before it gets its name.</summary>
    public static void Preserve(SafeFileHandle file, bool preserve, long? modified, int? mode, string shown)
    {
        if (preserve && mode is { } bits)
        {
            // The server has to read what it keeps, whatever the sender's own file allowed.
            Kernel.SetMode(file, bits | (int)UnixFileMode.UserRead, shown);
        }

        if (preserve && modified is { } time)
        {
            Kernel.SetModified(file, time, shown);
        }
    }
}
