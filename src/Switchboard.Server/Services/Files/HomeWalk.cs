using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>One entry met on a walk.</summary>
/// <param name="Folder">Where it stands, from the home.</param>
/// <param name="Name">Null when it is not UTF-8, so that nobody can ask for it.</param>
/// <param name="Shown">Relative to the walk's top; bytes that are not UTF-8 as <c>\xHH</c>.</param>
/// <param name="Linked"><paramref name="Status"/> is of the file or folder a link leads to.</param>
internal readonly record struct WalkEntry(string Folder, string? Name, string Shown, FileStatus Status, bool Linked)
{
    /// <summary>From the home; null where there is no <see cref="Name"/>. Made when asked for: a listing shows a hundred thousand names and needs no path.</summary>
    public string? Path => Name is null ? null : Below(Folder, Name);

    /// <summary>Bytes that count against the quota; what a link leads to counts where it stands.</summary>
    public long Counted => Linked ? 0 : Status.Counted;

    public Entry ToEntry() => Entries.Of(Shown, Status, Name is null ? "other" : null);

    public static string Below(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";
}

/// <summary>How the kernel's view of a file becomes an <see cref="Entry"/>.</summary>
internal static class Entries
{
    public static Entry Of(string path, in FileStatus status, string? type = null, string? sha256 = null) => new()
    {
        Path = path,
        Type = type ?? Word(status.Kind),
        Size = status.Counted,
        Modified = status.Modified,
        Mode = status.Mode,
        Sha256 = sha256,
    };

    private static string Word(FileKind kind) => kind switch
    {
        FileKind.File => "file",
        FileKind.Folder => "folder",
        FileKind.Link => "link",
        _ => "other",
    };
}

/// <summary>Goes through a folder of a home, lazily. One folder is open at a time; names of folders still to be visited are kept.</summary>
internal sealed class HomeWalk(Home home, string top)
{
    /// <summary>Folders that wait for their visit: about 100 MB of names, far beyond real trees.</summary>
    private const int WaitingLimit = 1_000_000;

    /// <summary>The folder's own entries; links are followed within the home.</summary>
    public IEnumerable<WalkEntry> Folder() => Read(home.OpenFolder(top), top, "", followFolders: true);

    /// <summary>Everything below, folders before what they hold. A link to a folder is told as a link: following it could go round in circles.</summary>
    public IEnumerable<WalkEntry> Tree()
    {
        var waiting = new Stack<(string Path, string Shown)>([(top, "")]);
        while (waiting.TryPop(out var next))
        {
            if (TryOpen(next.Path) is not { } folder)
            {
                continue;
            }

            foreach (var entry in Read(folder, next.Path, next.Shown, followFolders: false))
            {
                if (entry is { Path: { } path, Status.Kind: FileKind.Folder })
                {
                    Limit(waiting.Count, entry.Shown);
                    waiting.Push((path, entry.Shown));
                }

                yield return entry;
            }
        }
    }

    public Occupied Occupied(CancellationToken ct)
    {
        var sum = new Occupied();
        foreach (var entry in Tree())
        {
            ct.ThrowIfCancellationRequested();
            sum = entry.Status.Kind is FileKind.Folder
                ? sum with { Folders = sum.Folders + 1 }
                : sum with { Files = sum.Files + 1, Bytes = sum.Bytes + entry.Counted };
        }

        return sum;
    }

    // Below the top, folders may vanish, be closed to us, or lie deeper than a path can say; they are told and not entered.
    private SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return home.OpenFolder(path);
        }
        catch (RefusedException) when (path != top)
        {
            return null;
        }
    }

    private IEnumerable<WalkEntry> Read(SafeFileHandle folder, string path, string shown, bool followFolders)
    {
        using (folder)
        {
            foreach (var name in FolderEntries.Read(folder, "/" + path))
            {
                if (Kernel.TryStatus(folder, name, out var status) is Errno.None)
                {
                    yield return Meet(name, path, shown, status, followFolders);
                }
            }
        }
    }

    private WalkEntry Meet(in FileName name, string path, string shown, FileStatus status, bool followFolders)
    {
        var text = name.Text;
        var told = WalkEntry.Below(shown, text ?? name.ToString());
        if (status.Kind is FileKind.Link && text is not null && home.TryStatus(WalkEntry.Below(path, text), out var target) is Errno.None
            && (followFolders || target.Kind is not FileKind.Folder))
        {
            return new WalkEntry(path, text, told, target, Linked: true);
        }

        return new WalkEntry(path, text, told, status, Linked: false);
    }

    private static void Limit(int waiting, string shown)
    {
        if (waiting >= WaitingLimit)
        {
            throw new RefusedException(RefusalCode.OverLimit, shown, $"more than {WaitingLimit} folders");
        }
    }
}
