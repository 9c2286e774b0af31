using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Switchboard.Addresses;

/// <summary>A set of addresses of one family, held as sorted ranges of which no two touch: equal sets have equal ranges.</summary>
public sealed class AddressSet : IEquatable<AddressSet>
{
    private readonly List<AddressRange> _ranges;

    private AddressSet(AddressFamily family, List<AddressRange> ranges) => (Family, _ranges) = (family, ranges);

    public AddressFamily Family { get; }

    public IReadOnlyList<AddressRange> Ranges => _ranges;

    public bool IsEmpty => _ranges.Count == 0;

    public BigInteger Count => _ranges.Aggregate(BigInteger.Zero, (sum, range) => sum + range.Count);

    public static AddressSet Empty(AddressFamily family) => new(family, []);

    /// <summary>All addresses of a family.</summary>
    public static AddressSet Everything(AddressFamily family) => new(family, [new(family, 0, AddressNumber.AllOnes(family.Width()))]);

    /// <exception cref="ArgumentException">A range is of another family.</exception>
    public static AddressSet Of(AddressFamily family, IEnumerable<AddressRange> ranges)
    {
        List<AddressRange> joined = [];
        foreach (AddressRange range in ranges.OrderBy(range => range.First))
        {
            RequireSame(family, range.Family);
            if (joined.Count > 0 && Touches(joined[^1], range))
            {
                joined[^1] = joined[^1] with { Last = UInt128.Max(joined[^1].Last, range.Last) };
                continue;
            }
            joined.Add(range);
        }
        return new(family, joined);
    }

    public static AddressSet Of(IPNetwork network) => new(network.Family(), [network.Range()]);

    public AddressSet Union(AddressSet other)
    {
        RequireSame(Family, other.Family);
        return Of(Family, _ranges.Concat(other._ranges));
    }

    public AddressSet Intersect(AddressSet other)
    {
        RequireSame(Family, other.Family);
        List<AddressRange> common = [];
        for (int mine = 0, theirs = 0; mine < _ranges.Count && theirs < other._ranges.Count;)
        {
            (AddressRange a, AddressRange b) = (_ranges[mine], other._ranges[theirs]);
            (UInt128 first, UInt128 last) = (UInt128.Max(a.First, b.First), UInt128.Min(a.Last, b.Last));
            if (first <= last)
            {
                common.Add(new(Family, first, last));
            }
            // The range that ends first meets nothing more.
            _ = a.Last < b.Last ? mine++ : theirs++;
        }
        return new(Family, common);
    }

    public AddressSet Complement()
    {
        List<AddressRange> gaps = [];
        UInt128 next = 0, end = AddressNumber.AllOnes(Family.Width());
        foreach (AddressRange range in _ranges)
        {
            if (range.First > next)
            {
                gaps.Add(new(Family, next, range.First - 1));
            }
            if (range.Last == end)
            {
                return new(Family, gaps);
            }
            next = range.Last + 1;
        }
        gaps.Add(new(Family, next, end));
        return new(Family, gaps);
    }

    public AddressSet Subtract(AddressSet other) => Intersect(other.Complement());

    public bool Overlaps(AddressSet other) => !Intersect(other).IsEmpty;

    public bool Contains(AddressSet other) => Intersect(other).Equals(other);

    public bool Contains(IPAddress address) => _ranges.Exists(range => range.Contains(address));

    /// <summary>The fewest networks that are this set, in order.</summary>
    public IEnumerable<IPNetwork> ToNetworks() => _ranges.SelectMany(range => range.ToNetworks());

    /// <summary>The smallest network that has all of it; null for the empty set.</summary>
    public IPNetwork? Cover() => IsEmpty ? null : new AddressRange(Family, _ranges[0].First, _ranges[^1].Last).Cover();

    public bool Equals(AddressSet? other) => other is not null && Family == other.Family && _ranges.SequenceEqual(other._ranges);

    public override bool Equals(object? obj) => Equals(obj as AddressSet);

    public override int GetHashCode() => _ranges.Aggregate(Family.GetHashCode(), HashCode.Combine);

    public override string ToString() => string.Join(", ", ToNetworks());

    private static bool Touches(AddressRange before, AddressRange range) => range.First <= before.Last || range.First - 1 == before.Last;

    private static void RequireSame(AddressFamily one, AddressFamily other)
    {
        if (one != other)
        {
            throw new ArgumentException("A set holds addresses of one family.");
        }
    }
}
