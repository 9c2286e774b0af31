using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Client.Local;

/// <summary>One thing of a local tree. A folder comes after what it holds.</summary>
/// <param name="Path">On this machine.</param>
/// <param name="Relative">Below the tree's top, with slashes; <c>""</c> for the top itself.</param>
/// <param name="Entry">What it is, links followed.</param>
internal sealed record LocalItem(string Path, string Relative, LocalEntry Entry)
{
    /// <summary>A folder that holds nothing that is sent: nobody else will make it at the other end.</summary>
    public bool IsEmptyFolder { get; init; }
}

/// <summary>Walks a folder lazily: memory grows with its depth, not with what it holds. Links to files are followed, links to folders are not.</summary>
/// <param name="onLeftOut">Told what is not sent, and why.</param>
/// <param name="onError">Told what could not be looked at.</param>
/// <param name="skip">Names what is excluded: the relative path, and whether it is a folder.</param>
internal sealed class LocalTree(Action<string, LeftOut>? onLeftOut, Action<string, Exception> onError, Func<string, bool, bool>? skip = null)
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };

    /// <summary>The entry of a path with links followed, or null.</summary>
    public static LocalEntry? Look(string path) => OperatingSystem.IsLinux() ? Posix.Follow(path) : LookPortably(path);

    /// <summary>The entry of an opened file.</summary>
    public static LocalEntry Look(SafeFileHandle file) => new(
        LocalKind.File, RandomAccess.GetLength(file), Times.ToMicroseconds(File.GetLastWriteTimeUtc(file)),
        OperatingSystem.IsWindows() ? 0x1A4 : (int)File.GetUnixFileMode(file) & 0x1FF);

    /// <summary>Opens a file to send it; others may write or replace it meanwhile, which is noticed at the end.</summary>
    public static SafeFileHandle OpenForReading(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Everything below <paramref name="top"/>, then the top itself.</summary>
    public IEnumerable<LocalItem> Walk(string top, LocalEntry entry) => WalkFolder(top, "", entry);

    private IEnumerable<LocalItem> WalkFolder(string folder, string relative, LocalEntry entry)
    {
        var holds = false;
        foreach (var (path, isLink) in Enumerate(folder))
        {
            var below = relative.Length == 0 ? Path.GetFileName(path) : relative + "/" + Path.GetFileName(path);
            foreach (var item in WalkOne(path, below, isLink))
            {
                holds = true;
                yield return item;
            }
        }

        yield return new(folder, relative, entry) { IsEmptyFolder = !holds };
    }

    private IEnumerable<LocalItem> WalkOne(string path, string relative, bool isLink)
    {
        LocalEntry? found;
        try
        {
            found = Look(path);
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            onError(path, e);
            return [];
        }

        if (skip?.Invoke(relative, found is { Kind: LocalKind.Folder } && !isLink) == true)
        {
            return [];
        }

        switch (found)
        {
            case { Kind: LocalKind.File } file:
                return [new(path, relative, file)];
            case { Kind: LocalKind.Folder } folder when !isLink:
                return WalkFolder(path, relative, folder);
            default:
                onLeftOut?.Invoke(path, found is null ? LeftOut.BrokenLink : found.Value.Kind == LocalKind.Folder ? LeftOut.LinkToFolder : LeftOut.NotAFile);
                return [];
        }
    }

    private IEnumerable<(string Path, bool IsLink)> Enumerate(string folder)
    {
        using var found = Begin(folder);
        while (found is not null)
        {
            try
            {
                if (!found.MoveNext())
                {
                    yield break;
                }
            }
            catch (Exception e) when (LocalErrors.IsLocal(e))
            {
                onError(folder, e);
                yield break;
            }

            yield return found.Current;
        }
    }

    private IEnumerator<(string Path, bool IsLink)>? Begin(string folder)
    {
        try
        {
            return new FileSystemEnumerable<(string, bool)>(
                folder, (ref FileSystemEntry entry) => (entry.ToSpecifiedFullPath(), entry.Attributes.HasFlag(FileAttributes.ReparsePoint)), All).GetEnumerator();
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            onError(folder, e);
            return null;
        }
    }

    private static LocalEntry? LookPortably(string path)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!info.Exists)
        {
            return null;
        }

        var mode = OperatingSystem.IsWindows() ? 0x1A4 : (int)info.UnixFileMode & 0x1FF;
        return new(info is DirectoryInfo ? LocalKind.Folder : LocalKind.File, info is FileInfo file ? file.Length : 0, Times.ToMicroseconds(info.LastWriteTimeUtc), mode);
    }
}
