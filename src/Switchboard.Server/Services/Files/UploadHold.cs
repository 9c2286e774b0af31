using Switchboard.Server.Storage.Partials;

namespace Switchboard.Server.Services.Files;

/// <summary>What one upload holds of quota and disk. Known size: all of it before the first byte. Beyond that: as it grows, byte by byte exact.</summary>
/// <param name="disk">Null for an upload that writes nothing.</param>
internal sealed class UploadHold(AccountFiles account, DiskRoom? disk, long replaced, string subject)
{
    private long _promised;
    private long _promisedTo;

    /// <summary>Bytes of quota, beyond the file that is replaced.</summary>
    public long Reserved { get; private set; }

    /// <summary>Goes on with what an earlier part of this upload had reserved.</summary>
    public void Continue(long reserved, long length) => (Reserved, _promisedTo) = (reserved, length);

    /// <summary>Takes room for a file of this length, as far as it is not held already; all or nothing.</summary>
    public void Take(long length)
    {
        var before = Reserved;
        Reserve(Math.Max(Reserved, length - replaced));
        try
        {
            PromiseDisk(length - _promisedTo);
        }
        catch
        {
            Release(before);
            throw;
        }
    }

    /// <summary>What stays reserved when nothing is held for bytes beyond this length.</summary>
    public long Trimmed(long length) => Math.Min(Reserved, Math.Max(0, length - replaced));

    /// <summary>Gives back quota that was taken for bytes beyond this length.</summary>
    public void TrimTo(long length) => Release(Trimmed(length));

    public void Written(long bytes)
    {
        _promised -= bytes;
        disk?.Written(bytes);
    }

    /// <summary>Bytes that were written are gone again, and will come once more.</summary>
    public void Dropped(long bytes)
    {
        Promise(bytes);
    }

    public void WithdrawDisk()
    {
        disk?.Withdraw(_promised);
        _promised = 0;
    }

    public void ReleaseQuota() => Release(0);

    /// <summary>Gives back what was taken beyond an earlier reservation.</summary>
    public void Back(long reserved) => Release(Math.Min(Reserved, reserved));

    private void Reserve(long bytes)
    {
        if (bytes > Reserved)
        {
            account.Room.Reserve(bytes - Reserved, subject);
            Reserved = bytes;
        }
    }

    private void Release(long to)
    {
        account.Room.Release(Reserved - to);
        Reserved = to;
    }

    private void PromiseDisk(long bytes)
    {
        if (bytes > 0)
        {
            Promise(bytes);
            _promisedTo += bytes;
        }
    }

    private void Promise(long bytes)
    {
        if (disk is not null)
        {
            account.Bin.Promise(disk, bytes, subject);
        }

        _promised += bytes;
    }
}
