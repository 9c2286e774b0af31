using System.Net;
using System.Numerics;

namespace Switchboard.Addresses;

/// <summary>One network that was asked for: so many hosts, or a prefix where hosts is null.</summary>
/// <param name="Hosts">Hosts to have room for; null when the prefix was given.</param>
/// <param name="Prefix">The prefix that has it.</param>
public sealed record SizeWanted(BigInteger? Hosts, int Prefix);

/// <summary>A network of a plan.</summary>
/// <param name="Order">Which of the wanted sizes this is, counted from 0 as they were given.</param>
public sealed record PlannedNetwork(int Order, SizeWanted Wanted, IPNetwork Network);

/// <summary>Networks of several sizes out of one (variable-length subnet masks), largest first: then every next one begins where the last ended, and nothing between is lost to alignment.</summary>
public sealed class SubnetPlan
{
    private SubnetPlan(IPNetwork whole, IReadOnlyList<PlannedNetwork> placed, AddressSet left) => (Whole, Placed, Left) = (whole, placed, left);

    public IPNetwork Whole { get; }

    /// <summary>In the order of the addresses.</summary>
    public IReadOnlyList<PlannedNetwork> Placed { get; }

    public AddressSet Left { get; }

    /// <summary>Null when they do not all fit: powers of two, largest first, fit exactly when their sum does.</summary>
    public static SubnetPlan? Make(IPNetwork whole, IReadOnlyList<SizeWanted> sizes)
    {
        if (Needed(whole, sizes) > whole.Range().Count)
        {
            return null;
        }
        List<PlannedNetwork> placed = [];
        UInt128 at = whole.BaseAddress.ToNumber();
        foreach ((int order, SizeWanted wanted) in sizes.Index().OrderBy(size => size.Item.Prefix))
        {
            IPNetwork network = new(at.ToAddress(whole.Family()), wanted.Prefix);
            placed.Add(new(order, wanted, network));
            // Behind the very last address of the family this wraps to 0, and nothing more fits.
            at = unchecked(network.Range().Last + 1);
        }
        AddressSet taken = AddressSet.Of(whole.Family(), placed.Select(one => one.Network.Range()));
        return new(whole, placed, AddressSet.Of(whole).Subtract(taken));
    }

    /// <summary>How many addresses the sizes take together.</summary>
    public static BigInteger Needed(IPNetwork whole, IEnumerable<SizeWanted> sizes) =>
        sizes.Aggregate(BigInteger.Zero, (sum, size) => sum + BigInteger.Pow(2, whole.Family().Width() - size.Prefix));
}
