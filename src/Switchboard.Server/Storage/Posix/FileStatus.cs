namespace Switchboard.Server.Storage.Posix;

internal enum FileKind
{
    File,
    Folder,
    Link,
    Other,
}

/// <summary>What the kernel says about one inode. Two equal <see cref="Version"/>s of one inode mean unchanged content.</summary>
internal readonly record struct FileStatus
{
    public FileStatus(in StatX status)
    {
        Kind = (status.Mode & 0xF000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            _ => FileKind.Other,
        };
        Mode = status.Mode & 0b111_111_111;
        Inode = (long)status.Inode;
        Size = (long)status.Size;
        ModifiedNs = status.Modified.TotalNanoseconds;
        ChangedNs = status.Changed.TotalNanoseconds;
        Device = ((long)status.DeviceMajor << 32) | status.DeviceMinor;
    }

    public FileKind Kind { get; }

    /// <summary>Permission bits, 0 to 0o777.</summary>
    public int Mode { get; }

    public long Inode { get; }

    public long Size { get; }

    public long ModifiedNs { get; }

    public long ChangedNs { get; }

    public long Device { get; }

    /// <summary>Microseconds since 1970.</summary>
    public long Modified => ModifiedNs >= 0 ? ModifiedNs / 1000 : (ModifiedNs - 999) / 1000;

    /// <summary>Bytes that count against a quota: of regular files, the length.</summary>
    public long Counted => Kind is FileKind.File ? Size : 0;

    public FileVersion Version => new(Inode, Size, ModifiedNs, ChangedNs);
}

/// <summary>What changes when a file's content changes. A rename changes <see cref="ChangedNs"/> too.</summary>
internal readonly record struct FileVersion(long Inode, long Size, long ModifiedNs, long ChangedNs);
