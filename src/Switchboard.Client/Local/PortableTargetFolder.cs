using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;

namespace Switchboard.Client.Local;

/// <summary>
/// By paths, for systems without <c>openat</c>: every folder on the way is looked at before each step. A hostile server cannot make links, so this holds
/// against it; against another user of this machine who swaps folders meanwhile it does not.
/// </summary>
internal sealed class PortableTargetFolder : TargetFolder
{
    private readonly string root;

    public PortableTargetFolder(string path)
        : base(path)
    {
        root = System.IO.Path.GetFullPath(path.Length == 0 ? "." : path);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException(path);
        }
    }

    public override LocalEntry? Find(string relative)
    {
        var path = Locate(relative, make: false);
        var info = new FileInfo(path);
        if (!info.Exists && !Directory.Exists(path) && info.LinkTarget is null)
        {
            return null;
        }

        var kind = info.LinkTarget is not null || info.Attributes.HasFlag(FileAttributes.ReparsePoint) ? LocalKind.Link
            : info.Attributes.HasFlag(FileAttributes.Directory) ? LocalKind.Folder : LocalKind.File;
        return new(kind, kind == LocalKind.File ? info.Length : 0, Times.ToMicroseconds(info.LastWriteTimeUtc), ModeOf(info));
    }

    public override IEnumerable<string> Names(string relative)
    {
        var folder = relative.Length == 0 ? root : Locate(relative, make: false);
        return Directory.EnumerateFileSystemEntries(folder).Select(p => System.IO.Path.GetFileName(p));
    }

    public override void MakeFolder(string relative)
    {
        var path = Locate(relative, make: true);
        RefuseLink(path, relative);
        Directory.CreateDirectory(path);
    }

    public override SafeFileHandle? OpenFile(string relative, bool write)
    {
        var path = Locate(relative, make: false);
        RefuseLink(path, relative);
        return File.Exists(path)
            ? File.OpenHandle(path, FileMode.Open, write ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : null;
    }

    public override SafeFileHandle CreateFile(string relative)
    {
        var path = Locate(relative, make: true);
        RefuseLink(path, relative);
        return File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    public override bool Rename(string from, string to, bool replace)
    {
        var source = Locate(from, make: false);
        var target = Locate(to, make: true);
        if (Directory.Exists(target))
        {
            throw LocalErrors.Refuse(RefusalCode.IsAFolder, to, "a folder stands there");
        }

        if (!replace && Find(to) is not null)
        {
            return false;
        }

        File.Move(source, target, overwrite: replace);
        return true;
    }

    public override void RemoveFile(string relative) => File.Delete(Locate(relative, make: false));

    public override void RemoveFolder(string relative) => Directory.Delete(Locate(relative, make: false));

    public override void SetFolderAttributes(string relative, int mode, long modified)
    {
        var path = Locate(relative, make: false);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)(mode & 0x1FF));
        }

        Directory.SetLastWriteTimeUtc(path, Times.ToDateTime(modified));
    }

    // .NET has no call for it here: the file's own data is flushed, its name follows when the system writes it.
    public override void SyncFolder(string relative) { }

    public override void SyncAll() { }

    protected override void Dispose(bool disposing) { }

    private static int ModeOf(FileInfo info) => OperatingSystem.IsWindows() ? 0x1A4 : (int)info.UnixFileMode & 0x1FF;

    private string Locate(string relative, bool make)
    {
        var path = root;
        var parts = SafeNames.Split(relative);
        for (var i = 0; i < parts.Length - 1; i++)
        {
            path = System.IO.Path.Combine(path, parts[i]);
            RefuseLink(path, relative);
            if (make && !Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
            }
        }

        return System.IO.Path.Combine(path, parts[^1]);
    }

    private static void RefuseLink(string path, string relative)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null || (info.Exists && info.Attributes.HasFlag(FileAttributes.ReparsePoint)))
        {
            throw LocalErrors.Refuse(RefusalCode.OutsideHome, relative, "a symbolic link stands there; links inside the target are not followed");
        }
    }
}
