using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>The first bytes of a stored file, from which a new version of it begins.</summary>
internal sealed class StoredPrefix : IDisposable
{
    // A hundredth of a second where it has to be copied; the account's other calls on this upload wait no longer than that.
    private const long Step = 16L * 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly FileStatus _status;
    private readonly string _shown;

    private StoredPrefix(SafeFileHandle file, FileStatus status, long length, string shown) =>
        (_file, _status, Length, _shown) = (file, status, length, shown);

    public long Length { get; }

    /// <param name="at">Bytes wanted; null for all of them.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadOffset"/> when the file has fewer.</exception>
    public static StoredPrefix Open(AccountFiles account, RemotePath path, long? at)
    {
        var file = account.Home.OpenFile(path.Relative, out var status);
        if (at is null || at <= status.Size)
        {
            return new StoredPrefix(file, status, at ?? status.Size, path.ToString());
        }

        file.Dispose();
        throw new RefusedException(RefusalCode.BadOffset, path.ToString(), $"the file has {status.Size} bytes");
    }

    /// <summary>Copies some of what is left.</summary>
    /// <returns>How many bytes.</returns>
    public long CopyStep(SafeFileHandle target, long from)
    {
        Kernel.Check(Kernel.TryCopy(_file, target, from, Math.Min(Step, Length - from), out var copied), _shown);
        return copied > 0 ? copied : throw new RefusedException(RefusalCode.SourceChanged, _shown, "the file became shorter while it was copied");
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.SourceChanged"/>: what was copied may be of two states.</exception>
    public void CheckUnchanged() => Digests.IsUnchanged(_file, _status, _shown);

    public void Dispose() => _file.Dispose();
}
