using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Files;

/// <summary>What one account's bin holds, oldest first, with its bytes. Whoever takes an entry is the only one to go on with it; not for threads by itself.</summary>
internal sealed class BinShelf
{
    private static readonly Comparer<BinRecord> ByAge = Comparer<BinRecord>.Create(
        (a, b) => a.Removed != b.Removed ? a.Removed.CompareTo(b.Removed) : string.CompareOrdinal(a.Id, b.Id));

    private readonly SortedSet<BinRecord> _byAge = new(ByAge);
    private readonly Dictionary<string, BinRecord> _byId = [];

    public static BinShelf Of(IEnumerable<BinRecord> records)
    {
        var shelf = new BinShelf();
        foreach (var record in records)
        {
            shelf.Put(record);
        }

        return shelf;
    }

    public long Bytes { get; private set; }

    public int Count => _byId.Count;

    public BinRecord? Oldest => _byAge.Min;

    public IReadOnlyList<BinRecord> NewestFirst() => [.. _byAge.Reverse()];

    public void Put(BinRecord record)
    {
        _byId.Add(record.Id, record);
        _byAge.Add(record);
        Bytes += record.Size ?? 0;
    }

    public BinRecord? Take(string? id)
    {
        if (id is null || !_byId.Remove(id, out var record))
        {
            return null;
        }

        _byAge.Remove(record);
        Bytes -= record.Size ?? 0;
        return record;
    }
}
