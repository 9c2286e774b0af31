using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// Whole small files: hashed, written to a file without a final name, and handed to the committer. No row per file: what a crash leaves
/// behind has no record and is removed at the next start.
/// </summary>
internal sealed class SmallFiles(OpenAccounts accounts, Committer committer, DiskRoom disk)
{
    // Names of another run must not come again while its files may still lie there.
    private readonly string _prefix = $"put-{RandomNumberGenerator.GetHexString(8, lowercase: true)}-";
    private long _count;

    public Task<Stored> Put(Caller caller, PutPlan plan, in ReadOnlySequence<byte> content)
    {
        var account = accounts.Of(caller);
        var path = Check(plan.Path, content.Length);
        var digest = plan.WithoutDigest && plan.Sha256 is null ? null : Hash(content);
        if (plan.Sha256 is not null && !Digests.Matches(plan.Sha256, digest))
        {
            throw new RefusedException(RefusalCode.DigestMismatch, path.ToString());
        }

        var reserved = Reserve(account, path, plan.IfExists, content.Length);
        try
        {
            return committer.CommitAsync(Write(account, caller, plan, path, content, digest, reserved));
        }
        catch
        {
            account.Room.Release(reserved);
            throw;
        }
    }

    public string NextName() => _prefix + Interlocked.Increment(ref _count).ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Takes quota; looks at the file that is replaced only where little is left.</summary>
    public static long Reserve(AccountFiles account, RemotePath path, IfExists ifExists, long size)
    {
        if (account.Room.TryReservePlenty(size))
        {
            return size;
        }

        var replaces = ifExists is IfExists.Overwrite && account.Home.TryStatus(path.Relative, out var standing) is Errno.None ? standing.Counted : 0;
        var needed = Math.Max(0, size - replaces);
        account.Room.Reserve(needed, path.ToString());
        return needed;
    }

    private static RemotePath Check(string text, long length)
    {
        var path = RemotePath.Parse(text);
        return path.IsHome ? throw new RefusedException(RefusalCode.IsAFolder, "/")
            : length > FilesOptions.PutLimit ? throw new RefusedException(RefusalCode.OverLimit, path.ToString(), $"at most {FilesOptions.PutLimit} bytes in one put")
            : path;
    }

    private FileCommit Write(AccountFiles account, Caller caller, PutPlan plan, RemotePath path, in ReadOnlySequence<byte> content, byte[]? digest, long reserved)
    {
        account.Bin.Promise(disk, content.Length, path.ToString());
        var name = NextName();
        var written = false;
        try
        {
            using var file = account.Partials.Create(name, path.ToString());
            WriteAll(file, content, path);
            Digests.Preserve(file, plan.Preserve, plan.Modified, plan.Mode, path.ToString());
            written = true;
            return new FileCommit(account, caller)
            {
                Partial = name,
                Path = path,
                IfExists = plan.IfExists,
                Parents = plan.Parents,
                Preserved = plan.Preserve,
                Size = content.Length,
                Inode = Kernel.Status(file, plan.Path).Inode,
                Sha256 = digest,
                Reserved = reserved,
            };
        }
        finally
        {
            disk.Written(content.Length);
            if (!written)
            {
                account.Partials.Remove(name);
            }
        }
    }

    private static void WriteAll(SafeFileHandle file, in ReadOnlySequence<byte> content, RemotePath path)
    {
        long at = 0;
        foreach (var part in content)
        {
            var error = Kernel.TryWrite(file, part.Span, at, out var written);
            Kernel.Check(error, error is Errno.None ? null : path.ToString());
            at += written;
        }
    }

    private static byte[] Hash(in ReadOnlySequence<byte> content)
    {
        if (content.IsSingleSegment)
        {
            return SHA256.HashData(content.FirstSpan);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in content)
        {
            hash.AppendData(part.Span);
        }

        return hash.GetHashAndReset();
    }
}
