using Switchboard.Client.Local;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>What is sent where: the items of an upload, found lazily.</summary>
internal sealed class UploadPlan(Tally tally, IReadOnlyList<string> locals, string remote)
{
    private readonly bool into = locals.Count > 1 || RemotePath.IsInto(remote);

    /// <summary>Exactly one file, by its own name: nothing else can fail beside it.</summary>
    public bool IsOneFile => locals.Count == 1 && LocalTree.Look(locals[0]) is { Kind: LocalKind.File };

    public IEnumerable<UploadItem> Items()
    {
        foreach (var local in locals)
        {
            foreach (var item in Items(local))
            {
                yield return item;
            }
        }
    }

    /// <summary>Walks once more, only to count.</summary>
    public void Count(CancellationToken ct)
    {
        long bytes = 0, files = 0;
        var quiet = new LocalTree(null, (_, _) => { });
        foreach (var local in locals)
        {
            foreach (var entry in CountOne(quiet, local))
            {
                ct.ThrowIfCancellationRequested();
                bytes += entry.Size;
                files++;
            }
        }

        tally.Meter.SetTotal(bytes, files);
    }

    private static IEnumerable<LocalEntry> CountOne(LocalTree tree, string local) => LocalTree.Look(local) switch
    {
        { Kind: LocalKind.File } file => [file],
        { Kind: LocalKind.Folder } folder => tree.Walk(local, folder).Where(i => i.Entry.Kind == LocalKind.File).Select(i => i.Entry),
        _ => [],
    };

    private IEnumerable<UploadItem> Items(string local)
    {
        var target = into ? RemotePath.Join(remote.Length == 0 ? "/" : remote, NameOf(local)) : remote;
        switch (Look(local))
        {
            case { Kind: LocalKind.File } file:
                return [new(local, target, file) { Parents = into }];
            case { Kind: LocalKind.Folder } folder:
                return Tree(local, target, folder);
            case null:
                tally.Fail(local, LocalErrors.Refuse(RefusalCode.NotFound, local, "there is no such file or folder"));
                return [];
            default:
                tally.Fail(local, LocalErrors.Refuse(RefusalCode.NotAFile, local, "neither a file nor a folder"));
                return [];
        }
    }

    // Folders come after what they hold. One with files in it is made by them; its own request is needed where it is empty, or has attributes to keep.
    private IEnumerable<UploadItem> Tree(string local, string target, LocalEntry folder)
    {
        var tree = new LocalTree(tally.How.OnLeftOut, (path, e) => tally.Fail(path, LocalErrors.ToRefusal(e, path)));
        foreach (var item in tree.Walk(local, folder))
        {
            if (item.Entry.Kind == LocalKind.File || item.IsEmptyFolder || tally.How.Preserve)
            {
                yield return new(item.Path, RemotePath.Join(target, item.Relative), item.Entry);
            }
            else
            {
                tally.Folder();
            }
        }
    }

    private LocalEntry? Look(string local)
    {
        try
        {
            return LocalTree.Look(local);
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            throw LocalErrors.ToRefusal(e, local);
        }
    }

    private static string NameOf(string local) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(local)));
}
