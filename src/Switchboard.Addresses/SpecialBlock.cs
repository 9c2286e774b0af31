using System.Net;

namespace Switchboard.Addresses;

/// <summary>A block of addresses with a purpose of its own, as IANA registers it (RFC 6890, RFC 8190).</summary>
/// <param name="Name">The registry's name.</param>
/// <param name="ChineseName">The same in Chinese.</param>
/// <param name="Documents">Where it is defined, such as <c>RFC 1918</c>.</param>
public sealed record SpecialBlock(AddressKind Kind, IPNetwork Network, string Name, string ChineseName, string Documents)
{
    /// <summary>Valid as the source of a datagram; like the four below null where the registry says neither.</summary>
    public bool? Source { get; init; }

    public bool? Destination { get; init; }

    /// <summary>A router may pass it on.</summary>
    public bool? Forwardable { get; init; }

    /// <summary>Passed on beyond one administrative domain.</summary>
    public bool? GloballyReachable { get; init; }

    /// <summary>Every implementation has to treat it in its own way.</summary>
    public bool? ReservedByProtocol { get; init; }
}

/// <summary>What an address is for, in one word.</summary>
public enum AddressKind
{
    Global,
    Private,
    Loopback,
    LinkLocal,
    Shared,
    Documentation,
    Multicast,
    Broadcast,
    UniqueLocal,
    SiteLocal,
    Mapped,
    Unspecified,
    ThisNetwork,
    Translation,
    Tunnel,
    Benchmarking,
    Anycast,
    Discard,
    Identifier,
    Segment,
    Protocol,
    Deprecated,
    Reserved,
}
