using Switchboard.Server.Storage.Partials;

namespace Switchboard.Server.Services.Files;

/// <summary>What one upload holds of quota and disk. Known size: all of it before the first byte. Unknown: as it grows, byte by byte exact.</summary>
/// <param name="disk">Null for an upload that writes nothing.</param>
internal sealed class UploadHold(AccountFiles account, DiskRoom? disk, long replaced, string subject)
{
    private long _promised;

    /// <summary>Bytes of quota, beyond the file that is replaced.</summary>
    public long Reserved { get; private set; }

    /// <summary>It was announced how long the file will be.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Takes room for all of a file of known size.</summary>
    public void TakeWhole(long total)
    {
        IsWhole = true;
        var needed = Math.Max(0, total - replaced);
        account.Room.Reserve(needed, subject);
        Reserved = needed;
        try
        {
            PromiseDisk(total);
        }
        catch
        {
            ReleaseQuota();
            throw;
        }
    }

    /// <summary>Goes on with what an earlier part of this upload had reserved.</summary>
    public void Continue(long reserved, long? total, long length)
    {
        Reserved = reserved;
        IsWhole = total is not null;
        PromiseDisk(Math.Max(0, (total ?? length) - length));
    }

    /// <summary>Takes room for bytes about to be added.</summary>
    public void Grow(long added, long length)
    {
        if (IsWhole || added <= 0)
        {
            return;
        }

        var needed = Math.Max(0, length + added - replaced) - Reserved;
        if (needed > 0)
        {
            account.Room.Reserve(needed, subject);
            Reserved += needed;
        }

        PromiseDisk(added);
    }

    public void Written(long bytes)
    {
        _promised -= bytes;
        disk?.Written(bytes);
    }

    public void WithdrawDisk()
    {
        disk?.Withdraw(_promised);
        _promised = 0;
    }

    public void ReleaseQuota()
    {
        account.Room.Release(Reserved);
        Reserved = 0;
    }

    private void PromiseDisk(long bytes)
    {
        disk?.Promise(bytes, subject);
        _promised += bytes;
    }
}
