namespace Switchboard.Server.Services.Files;

/// <summary>Who wants to know of changes in one account's files. Costs nothing while nobody does.</summary>
internal sealed class AccountChanges
{
    private readonly Lock _gate = new();
    private volatile FilesWatch[] _watches = [];

    public bool IsWatched => _watches.Length > 0;

    /// <param name="wake">Called whenever something changed; must not block.</param>
    public FilesWatch Watch(Action wake)
    {
        var watch = new FilesWatch(this, wake);
        lock (_gate)
        {
            _watches = [.. _watches, watch];
        }

        return watch;
    }

    /// <summary>What is in these folders changed; null: anything may have.</summary>
    public void Note(IReadOnlyList<string>? folders)
    {
        foreach (var watch in _watches)
        {
            watch.Note(folders);
        }
    }

    internal void Leave(FilesWatch watch)
    {
        lock (_gate)
        {
            _watches = [.. _watches.Where(other => other != watch)];
        }
    }
}

/// <summary>One watcher's place: what changed since it last looked.</summary>
public sealed class FilesWatch : IDisposable
{
    /// <summary>More are told as "anything": by then a view is better read anew.</summary>
    private const int MostFolders = 50;

    private readonly AccountChanges _all;
    private readonly Action _wake;
    private readonly Lock _gate = new();
    private HashSet<string>? _folders = [];
    private long _version;

    internal FilesWatch(AccountChanges all, Action wake) => (_all, _wake) = (all, wake);

    /// <returns>A number that grows with every change, and the folders whose content changed since the last call; null for very many.</returns>
    public (long Version, IReadOnlyList<string>? Folders) Take()
    {
        lock (_gate)
        {
            IReadOnlyList<string>? folders = _folders is null ? null : [.. _folders];
            _folders = [];
            return (_version, folders);
        }
    }

    public void Dispose() => _all.Leave(this);

    internal void Note(IReadOnlyList<string>? folders)
    {
        lock (_gate)
        {
            _version++;
            _folders = folders is null ? null : _folders;
            _folders?.UnionWith(folders ?? []);
            _folders = _folders?.Count > MostFolders ? null : _folders;
        }

        _wake();
    }
}
