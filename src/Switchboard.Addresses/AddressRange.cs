using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Switchboard.Addresses;

/// <summary>Addresses from one to another, both included.</summary>
public readonly record struct AddressRange(AddressFamily Family, UInt128 First, UInt128 Last)
{
    public IPAddress FirstAddress => First.ToAddress(Family);

    public IPAddress LastAddress => Last.ToAddress(Family);

    /// <summary>How many; of all IPv6 that is one more than <see cref="UInt128"/> can hold.</summary>
    public BigInteger Count => (BigInteger)Last - First + 1;

    public bool Contains(UInt128 number) => number >= First && number <= Last;

    public bool Contains(IPAddress address) => address.AddressFamily == Family && Contains(address.ToNumber());

    /// <summary>The fewest networks that are this range: always the largest block that begins here and does not reach too far.</summary>
    public IEnumerable<IPNetwork> ToNetworks()
    {
        UInt128 at = First;
        while (true)
        {
            int bits = LargestBlock(at);
            yield return new(at.ToAddress(Family), Family.Width() - bits);
            UInt128 end = at | AddressNumber.AllOnesBelow(bits);
            if (end == Last)
            {
                yield break;
            }
            at = end + 1;
        }
    }

    /// <summary>The smallest network with both ends in it.</summary>
    public IPNetwork Cover()
    {
        int bits = 128 - (int)UInt128.LeadingZeroCount(First ^ Last);
        return FirstAddress.NetworkOf(Family.Width() - bits);
    }

    private int LargestBlock(UInt128 at)
    {
        int aligned = at == 0 ? Family.Width() : (int)UInt128.TrailingZeroCount(at);
        UInt128 room = Last - at;
        int fitting = room == UInt128.MaxValue ? 128 : 127 - (int)UInt128.LeadingZeroCount(room + 1);
        return Math.Min(aligned, fitting);
    }
}
