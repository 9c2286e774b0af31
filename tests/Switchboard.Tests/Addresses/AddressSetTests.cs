using System.Net;
using System.Net.Sockets;
using Switchboard.Addresses;

namespace Switchboard.Tests.Addresses;

/// <summary>The laws of set algebra, on random sets of both families; a failure names its seed.</summary>
public sealed class AddressSetTests
{
    private const int Runs = 2_000;

    [Fact]
    public void Union_and_intersection_commute_and_associate() => ForRandomSets((a, b, c) =>
    {
        Assert.Equal(a.Union(b), b.Union(a));
        Assert.Equal(a.Intersect(b), b.Intersect(a));
        Assert.Equal(a.Union(b).Union(c), a.Union(b.Union(c)));
        Assert.Equal(a.Intersect(b).Intersect(c), a.Intersect(b.Intersect(c)));
    });

    [Fact]
    public void Each_distributes_over_the_other() => ForRandomSets((a, b, c) =>
    {
        Assert.Equal(a.Intersect(b.Union(c)), a.Intersect(b).Union(a.Intersect(c)));
        Assert.Equal(a.Union(b.Intersect(c)), a.Union(b).Intersect(a.Union(c)));
    });

    [Fact]
    public void The_complement_obeys_De_Morgan_and_turns_back() => ForRandomSets((a, b, _) =>
    {
        Assert.Equal(a.Union(b).Complement(), a.Complement().Intersect(b.Complement()));
        Assert.Equal(a, a.Complement().Complement());
        Assert.Equal(AddressSet.Everything(a.Family), a.Union(a.Complement()));
        Assert.True(a.Intersect(a.Complement()).IsEmpty);
    });

    [Fact]
    public void What_is_taken_away_is_gone_and_nothing_else() => ForRandomSets((a, b, _) =>
    {
        AddressSet rest = a.Subtract(b);
        Assert.False(rest.Overlaps(b));
        Assert.Equal(a, rest.Union(a.Intersect(b)));
        Assert.Equal(a.Count, rest.Count + a.Intersect(b).Count);
        Assert.Equal(a.Union(b).Count, a.Count + b.Count - a.Intersect(b).Count);
    });

    [Fact]
    public void Containment_is_an_order_with_union_above_and_intersection_below() => ForRandomSets((a, b, c) =>
    {
        Assert.True(a.Union(b).Contains(a));
        Assert.True(a.Contains(a.Intersect(b)));
        Assert.Equal(a.Contains(b), b.Subtract(a).IsEmpty);
        Assert.Equal(a.Contains(b) && b.Contains(a), a.Equals(b));
        Assert.True(!a.Contains(b) || !b.Contains(c) || a.Contains(c));
    });

    [Fact]
    public void Networks_say_the_set_again_in_order_and_no_two_of_them_are_one() => ForRandomSets((a, _, _) =>
    {
        IPNetwork[] networks = [.. a.ToNetworks()];
        Assert.Equal(a, AddressSet.Of(a.Family, networks.Select(network => network.Range())));
        foreach ((IPNetwork before, IPNetwork after) in networks.Zip(networks.Skip(1)))
        {
            Assert.True(before.Range().Last < after.Range().First);
            IPNetwork pair = new AddressRange(a.Family, before.Range().First, after.Range().Last).Cover();
            Assert.True(pair.Range().Count > before.Range().Count + after.Range().Count, $"{before} and {after} are {pair}");
        }
    });

    [Fact]
    public void The_cover_is_the_smallest_network_around() => ForRandomSets((a, _, _) =>
    {
        if (a.Cover() is not { } cover)
        {
            Assert.True(a.IsEmpty);
            return;
        }
        Assert.True(AddressSet.Of(cover).Contains(a));
        if (cover.PrefixLength < a.Family.Width())
        {
            IPNetwork half = cover.BaseAddress.NetworkOf(cover.PrefixLength + 1);
            Assert.True(a.Overlaps(AddressSet.Of(half)) && !AddressSet.Of(half).Contains(a));
        }
    });

    [Fact]
    public void Single_addresses_are_in_it_exactly_when_a_range_has_them() => ForRandomSets((a, b, _) =>
    {
        foreach (AddressRange range in b.Ranges)
        {
            bool inside = a.Ranges.Any(one => one.First <= range.First && range.First <= one.Last);
            Assert.Equal(inside, a.Contains(range.FirstAddress));
            Assert.Equal(!inside, a.Complement().Contains(range.FirstAddress));
        }
    });

    [Fact]
    public void Sets_of_two_families_do_not_mix() =>
        Assert.Throws<ArgumentException>(() => AddressSet.Empty(AddressFamily.InterNetwork).Union(AddressSet.Empty(AddressFamily.InterNetworkV6)));

    [Fact]
    public void All_of_IPv6_is_one_network_of_2_to_the_128()
    {
        AddressSet all = AddressSet.Everything(AddressFamily.InterNetworkV6);
        Assert.Equal("::/0", IPv6Text.Short(Assert.Single(all.ToNetworks())));
        Assert.Equal(System.Numerics.BigInteger.Pow(2, 128), all.Count);
        Assert.True(all.Complement().IsEmpty);
    }

    [Fact]
    public void A_plan_covers_its_network_exactly_and_without_overlap()
    {
        for (int seed = 0; seed < Runs; seed++)
        {
            var random = new Random(seed);
            AddressFamily family = seed % 2 == 0 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
            IPNetwork whole = RandomNumber(random, family.Width()).ToAddress(family).NetworkOf(random.Next(0, family.Width() - 3));
            SizeWanted[] sizes = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => new SizeWanted(null, random.Next(whole.PrefixLength, family.Width() + 1)))];
            bool fits = SubnetPlan.Needed(whole, sizes) <= whole.Range().Count;
            SubnetPlan? plan = SubnetPlan.Make(whole, sizes);
            Assert.Equal(fits, plan is not null);
            if (plan is not null)
            {
                AddressSet placed = AddressSet.Of(family, plan.Placed.Select(part => part.Network.Range()));
                Assert.True(placed.Count == SubnetPlan.Needed(whole, sizes), $"seed {seed}: two networks of the plan overlap");
                Assert.Equal(AddressSet.Of(whole), placed.Union(plan.Left));
                Assert.False(placed.Overlaps(plan.Left));
                Assert.Equal(sizes.Order(Comparer<SizeWanted>.Create((x, y) => x.Prefix - y.Prefix)).Select(size => size.Prefix), plan.Placed.Select(part => part.Network.PrefixLength));
            }
        }
    }

    [Theory]
    [InlineData("1", 30)]
    [InlineData("2", 30)]
    [InlineData("3", 29)]
    [InlineData("62", 26)]
    [InlineData("63", 25)]
    [InlineData("254", 24)]
    [InlineData("255", 23)]
    [InlineData("/31", 31)]
    public void A_size_is_hosts_with_network_and_broadcast_beside_them(string text, int prefix) =>
        Assert.Equal(prefix, NumberText.ReadSize(text, IPNetwork.Parse("10.0.0.0/8")).Prefix);

    private static void ForRandomSets(Action<AddressSet, AddressSet, AddressSet> law)
    {
        for (int seed = 0; seed < Runs; seed++)
        {
            var random = new Random(seed);
            AddressFamily family = seed % 2 == 0 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
            try
            {
                law(RandomSet(random, family), RandomSet(random, family), RandomSet(random, family));
            }
            catch (Exception broken)
            {
                throw new InvalidOperationException($"The law is broken with seed {seed}.", broken);
            }
        }
    }

    // Around the ends and in one narrow place, so that ranges touch, overlap and reach the first and the last address.
    private static AddressSet RandomSet(Random random, AddressFamily family)
    {
        UInt128 last = AddressNumber.AllOnes(family.Width());
        UInt128[] bases = [0, last - 40, (UInt128)random.Next(4) << (family.Width() - 8), RandomNumber(random, family.Width() - 1)];
        return AddressSet.Of(family, Enumerable.Range(0, random.Next(0, 6)).Select(_ =>
        {
            UInt128 first = bases[random.Next(bases.Length)] + (UInt128)random.Next(40);
            UInt128 end = random.Next(8) == 0 ? last : first + UInt128.Min(last - first, (UInt128)random.Next(12));
            return new AddressRange(family, first, end);
        }));
    }

    private static UInt128 RandomNumber(Random random, int width)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes) & AddressNumber.AllOnes(width);
    }
}
