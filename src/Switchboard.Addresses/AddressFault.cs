namespace Switchboard.Addresses;

/// <summary>Why a text is not what it was read as. The sentences belong to whoever shows them.</summary>
public enum AddressFault
{
    /// <summary>Nothing is there.</summary>
    Empty,

    /// <summary>A character that stands nowhere in this kind of text.</summary>
    UnexpectedCharacter,

    /// <summary>Two dots, or a dot at an end.</summary>
    OctetMissing,

    OctetTooLarge,

    /// <summary>Octal to some programs (inet_aton), decimal to others: RFC 6943 section 3.1.1.</summary>
    OctetLeadingZero,

    /// <summary>Some programs fill up with zeros (1.2.3 is 1.2.0.3 to inet_aton); here four octets are four.</summary>
    TooFewOctets,

    TooManyOctets,
    GroupTooLong,
    TooFewGroups,
    TooManyGroups,

    /// <summary>RFC 4291 section 2.2: "::" can only appear once.</summary>
    SecondGap,

    LoneColon,

    /// <summary>An IPv4 tail that is not at the end.</summary>
    DottedTailInside,

    /// <summary>A zone (<c>%eth0</c>) where only an address is meant.</summary>
    ZoneNotWanted,

    ZoneEmpty,
    PrefixMissing,
    PrefixEmpty,
    PrefixTooLong,
    PrefixLeadingZero,
    MaskWithHoles,

    /// <summary>A mask turned round, as access lists write it.</summary>
    MaskInverted,

    MaskOfOtherFamily,

    /// <summary>A network was meant, but bits behind its prefix are set.</summary>
    HostBitsSet,

    FamiliesDiffer,
    RangeReversed,
    MacShape,
    HexOdd,
    HexLength,
    NumberTooLarge,
    NumberLeadingZero,
    SizeZero,
}
