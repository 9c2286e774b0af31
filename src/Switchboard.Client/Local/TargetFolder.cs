using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Client.Local;

/// <summary>
/// A folder that downloads are written into. Paths are relative to it, with slashes, and may come from a hostile server: nothing outside is ever
/// touched, and no link inside is followed. Errors are those of the system (<see cref="LocalErrors"/>) and refusals.
/// </summary>
internal abstract class TargetFolder(string path) : IDisposable
{
    /// <summary>The folder's own path, as it was given.</summary>
    public string Path { get; } = path;

    /// <summary>Opens a folder of this machine; links on the way to it are the user's own and are followed.</summary>
    public static TargetFolder Open(string path) => OperatingSystem.IsLinux() ? new LinuxTargetFolder(path) : new PortableTargetFolder(path);

    /// <summary>What stands at a path; null where nothing does.</summary>
    public abstract LocalEntry? Find(string relative);

    /// <summary>The names in a folder, <c>""</c> being this one.</summary>
    public abstract IEnumerable<string> Names(string relative);

    /// <summary>Makes a folder and the missing ones above; an existing one is no error.</summary>
    public abstract void MakeFolder(string relative);

    /// <summary>Opens a file that stands, for reading and writing; null where there is none.</summary>
    public abstract SafeFileHandle? OpenFile(string relative, bool write);

    /// <summary>Makes an empty file, in place of one that stands.</summary>
    public abstract SafeFileHandle CreateFile(string relative);

    /// <summary>Gives a file its final name in one step; false when something stands there and <paramref name="replace"/> is false.</summary>
    public abstract bool Rename(string from, string to, bool replace);

    /// <summary>Removes a file or a link; nothing there is no error.</summary>
    public abstract void RemoveFile(string relative);

    /// <summary>Removes an empty folder.</summary>
    public abstract void RemoveFolder(string relative);

    public abstract void SetFolderAttributes(string relative, int mode, long modified);

    /// <summary>Makes the names in a folder durable.</summary>
    public abstract void SyncFolder(string relative);

    /// <summary>Makes everything written here durable.</summary>
    public abstract void SyncAll();

    /// <summary>SHA-256 of a file in lower-case hex; null where there is none.</summary>
    public string? Digest(string relative)
    {
        using var handle = OpenFile(relative, write: false);
        if (handle is null)
        {
            return null;
        }

        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 256 * 1024);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    protected static string ParentOf(string relative)
    {
        var slash = relative.LastIndexOf('/');
        return slash < 0 ? "" : relative[..slash];
    }

    protected static string NameOf(string relative) => relative[(relative.LastIndexOf('/') + 1)..];
}
