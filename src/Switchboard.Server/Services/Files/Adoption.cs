using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Makes a file of content the account already holds, found by its digest; nothing travels.</summary>
internal sealed class Adoption(OpenAccounts accounts, IFileStore store, SmallFiles small, Committer committer, DiskRoom disk)
{
    // Copies of one content; when so many records are out of date, sending it again is quicker than looking on.
    private const int CandidateLimit = 8;

    // Lets others have the thread in between.
    private const long CopyStep = 64L * 1024 * 1024;

    public async Task<Stored> AdoptAsync(Caller caller, AdoptPlan plan, CancellationToken ct)
    {
        var account = accounts.Of(caller);
        var path = RemotePath.Parse(plan.Path);
        var digest = new byte[SHA256.HashSizeInBytes];
        Digests.Parse(plan.Sha256, digest);
        foreach (var candidate in store.FilesWith(account.Id, digest, CandidateLimit))
        {
            if (candidate.Version.Size == plan.Total && TryOpen(account, candidate) is { } source)
            {
                using (source)
                {
                    return await CopyAsync(account, caller, plan, path, source, digest, ct);
                }
            }
        }

        throw new RefusedException(RefusalCode.NotFound, path.ToString(), "no file of this content");
    }

    /// <summary>The file of a record, where it still is what was recorded.</summary>
    public static SafeFileHandle? TryOpen(AccountFiles account, DigestRecord candidate)
    {
        try
        {
            var file = account.Home.OpenFile(candidate.Path, out var status);
            if (status.Version == candidate.Version)
            {
                return file;
            }

            file.Dispose();
            return null;
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    private async Task<Stored> CopyAsync(
        AccountFiles account, Caller caller, AdoptPlan plan, RemotePath path, SafeFileHandle source, byte[] digest, CancellationToken ct)
    {
        var name = small.NextName();
        var reserved = SmallFiles.Reserve(account, path, plan.IfExists, plan.Total);
        var handedOver = false;
        try
        {
            account.Bin.Promise(disk, plan.Total, path.ToString());
            using var target = account.Partials.Create(name, path.ToString());
            try
            {
                await CopyAsync(source, target, plan.Total, path, ct);
            }
            finally
            {
                disk.Written(plan.Total);
            }

            await VerifyAsync(target, plan.Total, digest, path);
            Digests.Preserve(target, plan.Preserve, plan.Modified, plan.Mode, path.ToString());
            handedOver = true;
            return await committer.CommitAsync(Commit(account, caller, plan, path, name, target, digest, reserved));
        }
        finally
        {
            if (!handedOver)
            {
                account.Room.Release(reserved);
                account.Partials.Remove(name);
            }
        }
    }

    private static async Task CopyAsync(SafeFileHandle source, SafeFileHandle target, long length, RemotePath path, CancellationToken ct)
    {
        for (long at = 0; at < length;)
        {
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            var error = Kernel.TryCopy(source, target, at, Math.Min(CopyStep, length - at), out var copied);
            Kernel.Check(error, path.ToString());
            at += copied > 0 ? copied : throw new RefusedException(RefusalCode.NotFound, path.ToString(), "the file with this content became shorter");
        }
    }

    private static async Task VerifyAsync(SafeFileHandle target, long length, byte[] digest, RemotePath path)
    {
        using var hash = new RunningHash();
        await hash.CatchUpAsync(target, length, path.ToString());
        if (!hash.Current().AsSpan().SequenceEqual(digest))
        {
            throw new RefusedException(RefusalCode.NotFound, path.ToString(), "the file with this content was changed");
        }
    }

    private static FileCommit Commit(
        AccountFiles account, Caller caller, AdoptPlan plan, RemotePath path, string name, SafeFileHandle file, byte[] digest, long reserved) => new(account, caller)
    {
        Partial = name,
        File = file,
        Path = path,
        IfExists = plan.IfExists,
        Parents = plan.Parents,
        Preserved = plan.Preserve,
        Size = plan.Total,
        Inode = Kernel.Status(file, plan.Path).Inode,
        Sha256 = digest,
        Reserved = reserved,
    };
}
