using System.Net;
using System.Net.Sockets;

namespace Switchboard.Addresses;

/// <summary>How an IPv4 address stands inside an IPv6 one.</summary>
public enum Embedding
{
    /// <summary>RFC 4291 section 2.5.5.2.</summary>
    Mapped,

    /// <summary>RFC 4291 section 2.5.5.1, deprecated.</summary>
    Compatible,

    /// <summary>RFC 6052 section 2.1: the well-known prefix.</summary>
    Nat64,

    /// <summary>RFC 3056 section 2.</summary>
    SixToFour,

    /// <summary>RFC 4380 section 4: the server, and the client turned round bit by bit.</summary>
    Teredo,
}

/// <summary>An IPv4 address found inside an IPv6 one.</summary>
public sealed record EmbeddedAddress(Embedding How, IPAddress Address)
{
    private static readonly IPNetwork s_mapped = IPNetwork.Parse("::ffff:0:0/96");
    private static readonly IPNetwork s_compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork s_teredo = IPNetwork.Parse("2001::/32");

    /// <summary>What is inside; null where nothing is.</summary>
    public static EmbeddedAddress? In(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return null;
        }
        UInt128 number = address.ToNumber();
        return Within(s_mapped) ? new(Embedding.Mapped, Low(number))
            : Within(s_nat64) ? new(Embedding.Nat64, Low(number))
            : Within(s_sixToFour) ? new(Embedding.SixToFour, Low(number >> 80))
            : Within(s_teredo) ? new(Embedding.Teredo, Low(~number))
            // :: and ::1 are the unspecified and the loopback address.
            : Within(s_compatible) && number > 1 ? new(Embedding.Compatible, Low(number))
            : null;

        bool Within(IPNetwork network) => network.Range().Contains(number);
    }

    /// <summary>The well-known prefix of NAT64 with an IPv4 address behind it.</summary>
    public static IPAddress ToNat64(IPAddress address) => Join(s_nat64, address.ToNumber());

    /// <summary>The /48 that 6to4 gives an IPv4 address.</summary>
    public static IPNetwork ToSixToFour(IPAddress address) => new(Join(s_sixToFour, address.ToNumber() << 80), 48);

    private static IPAddress Join(IPNetwork network, UInt128 rest) => (network.BaseAddress.ToNumber() | rest).ToAddress(AddressFamily.InterNetworkV6);

    private static IPAddress Low(UInt128 number) => (number & uint.MaxValue).ToAddress(AddressFamily.InterNetwork);
}
