using System.Net;
using System.Net.Sockets;
using Switchboard.Addresses;

namespace Switchboard.Tests.Addresses;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("300.1.1.1", AddressFault.OctetTooLarge, 0, "300")]
    [InlineData("1.2.3.256", AddressFault.OctetTooLarge, 6, "256")]
    [InlineData("1.2.3.99999999999999999999", AddressFault.OctetTooLarge, 6, "99999999999999999999")]
    [InlineData("1.2.3", AddressFault.TooFewOctets, 5, "")]
    [InlineData("16909060", AddressFault.OctetTooLarge, 0, "16909060")]
    [InlineData("1.2.3.4.5", AddressFault.TooManyOctets, 7, ".5")]
    [InlineData("010.0.0.1", AddressFault.OctetLeadingZero, 0, "010")]
    [InlineData("10.0.00.1", AddressFault.OctetLeadingZero, 5, "00")]
    [InlineData("1..2.3", AddressFault.OctetMissing, 2, "")]
    [InlineData("1.2.3.", AddressFault.OctetMissing, 6, "")]
    [InlineData(".1.2.3", AddressFault.OctetMissing, 0, "")]
    [InlineData("0x7f.0.0.1", AddressFault.UnexpectedCharacter, 1, "x")]
    [InlineData("1.2.3.4 ", AddressFault.UnexpectedCharacter, 7, " ")]
    [InlineData(" 1.2.3.4", AddressFault.UnexpectedCharacter, 0, " ")]
    [InlineData("1.2.3.-4", AddressFault.UnexpectedCharacter, 6, "-")]
    [InlineData("１.2.3.4", AddressFault.UnexpectedCharacter, 0, "１")]
    [InlineData("10.0.0.0/24", AddressFault.UnexpectedCharacter, 8, "/")]
    [InlineData("", AddressFault.Empty, 0, "")]
    [InlineData(":", AddressFault.LoneColon, 0, ":")]
    [InlineData(":1", AddressFault.LoneColon, 0, ":")]
    [InlineData("1:2:3:4:5:6:7:", AddressFault.LoneColon, 13, ":")]
    [InlineData(":::", AddressFault.SecondGap, 1, "::")]
    [InlineData("1::2::3", AddressFault.SecondGap, 4, "::")]
    [InlineData("12345::", AddressFault.GroupTooLong, 0, "12345")]
    [InlineData("::g", AddressFault.UnexpectedCharacter, 2, "g")]
    [InlineData("1:2", AddressFault.TooFewGroups, 3, "")]
    [InlineData("1:2:3:4:5:6:7:8:9", AddressFault.TooManyGroups, 16, "9")]
    [InlineData("1:2:3:4::5:6:7:8", AddressFault.TooManyGroups, 7, "::")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4", AddressFault.TooManyGroups, 14, "1.2.3.4")]
    [InlineData("1.2.3.4::", AddressFault.DottedTailInside, 0, "1.2.3.4")]
    [InlineData("::ffff:1.2.3", AddressFault.TooFewOctets, 12, "")]
    [InlineData("::ffff:01.2.3.4", AddressFault.OctetLeadingZero, 7, "01")]
    [InlineData("[::1]", AddressFault.UnexpectedCharacter, 0, "[")]
    [InlineData("fe80::1%eth0", AddressFault.ZoneNotWanted, 7, "%eth0")]
    public void An_address_is_refused_at_its_place(string text, AddressFault fault, int at, string part) =>
        Refused(() => AddressText.ReadAddress(text), fault, at, part);

    [Theory]
    [InlineData("10.0.0.1", AddressFault.PrefixMissing, 8, "")]
    [InlineData("10.0.0.1/", AddressFault.PrefixEmpty, 9, "")]
    [InlineData("10.0.0.1/33", AddressFault.PrefixTooLong, 9, "33")]
    [InlineData("::/129", AddressFault.PrefixTooLong, 3, "129")]
    [InlineData("::/4294967296", AddressFault.PrefixTooLong, 3, "4294967296")]
    [InlineData("10.0.0.1/08", AddressFault.PrefixLeadingZero, 9, "08")]
    [InlineData("10.0.0.1/+8", AddressFault.UnexpectedCharacter, 9, "+")]
    [InlineData("10.0.0.1/8/8", AddressFault.UnexpectedCharacter, 10, "/")]
    [InlineData("10.0.0.1/255.0.255.0", AddressFault.MaskWithHoles, 15, "255")]
    [InlineData("10.0.0.1/255.253.0.0", AddressFault.MaskWithHoles, 13, "253")]
    [InlineData("10.0.0.1/254.128.0.0", AddressFault.MaskWithHoles, 13, "128")]
    [InlineData("10.0.0.1/0.255.0.0", AddressFault.MaskWithHoles, 11, "255")]
    [InlineData("10.0.0.1/0.0.0.255", AddressFault.MaskInverted, 9, "0.0.0.255")]
    [InlineData("10.0.0.1/ffff::", AddressFault.MaskOfOtherFamily, 9, "ffff::")]
    [InlineData("::1/255.0.0.0", AddressFault.MaskOfOtherFamily, 4, "255.0.0.0")]
    [InlineData("::1/ffff:0:1::", AddressFault.MaskWithHoles, 4, "ffff:0:1::")]
    public void A_prefix_or_mask_is_refused_at_its_place(string text, AddressFault fault, int at, string part) =>
        Refused(() => AddressText.ReadInterface(text), fault, at, part);

    [Theory]
    [InlineData("10.0.0.5/24", AddressFault.HostBitsSet, 0, "10.0.0.5")]
    [InlineData("2001:db8::1/64", AddressFault.HostBitsSet, 0, "2001:db8::1")]
    [InlineData("10.0.0.9-10.0.0.1", AddressFault.RangeReversed, 9, "10.0.0.1")]
    [InlineData("10.0.0.9-::1", AddressFault.FamiliesDiffer, 9, "::1")]
    [InlineData("10.0.0.9-", AddressFault.Empty, 9, "")]
    [InlineData("10.0.0.9-10.0.0.300", AddressFault.OctetTooLarge, 16, "300")]
    public void A_network_or_range_is_refused_at_its_place(string text, AddressFault fault, int at, string part) =>
        Refused(() => AddressText.ReadRange(text), fault, at, part);

    [Theory]
    [InlineData("02:fc:00:00:00", AddressFault.MacShape, 0, "02:fc:00:00:00")]
    [InlineData("02:fc:00:00:00:01:", AddressFault.MacShape, 0, "02:fc:00:00:00:01:")]
    [InlineData("02:fc-00:00:00:01", AddressFault.UnexpectedCharacter, 5, "-")]
    [InlineData("02:fc:00:00:00:0g", AddressFault.UnexpectedCharacter, 16, "g")]
    public void A_hardware_address_is_refused_at_its_place(string text, AddressFault fault, int at, string part) =>
        Refused(() => InterfaceIdentifier.ReadMac(text), fault, at, part);

    [Theory]
    [InlineData("", AddressFault.Empty, 0, "")]
    [InlineData("0x", AddressFault.Empty, 2, "")]
    [InlineData("010", AddressFault.NumberLeadingZero, 0, "0")]
    [InlineData("12a", AddressFault.UnexpectedCharacter, 2, "a")]
    [InlineData("0b102", AddressFault.UnexpectedCharacter, 4, "2")]
    [InlineData("18446744073709551616", AddressFault.NumberTooLarge, 0, "18446744073709551616")]
    public void A_number_is_refused_at_its_place(string text, AddressFault fault, int at, string part) =>
        Refused(() => NumberText.ReadNumber(text), fault, at, part);

    [Theory]
    [InlineData("c0a801", AddressFault.HexLength, 0, "c0a801")]
    [InlineData("c0a8010", AddressFault.HexOdd, 6, "0")]
    [InlineData("c0 a 01 05", AddressFault.HexOdd, 3, "a")]
    [InlineData("c0a8010g", AddressFault.UnexpectedCharacter, 7, "g")]
    [InlineData("c0a801050x", AddressFault.HexOdd, 10, "")]
    public void Bytes_are_refused_at_their_place(string text, AddressFault fault, int at, string part) =>
        Refused(() => NumberText.ReadPacked(text), fault, at, part);

    [Theory]
    [InlineData("65536")]
    [InlineData("99999999999")]
    public void A_port_above_16_bits_is_refused(string text) => Refused(() => NumberText.ReadPort(text), AddressFault.NumberTooLarge, 0, text);

    [Theory]
    [InlineData("c0a80105")]
    [InlineData("0xc0a80105")]
    [InlineData("C0:A8:01:05")]
    [InlineData("c0-a8-01-05")]
    [InlineData(@"\xc0\xa8\x01\x05")]
    [InlineData("0xc0 0xa8 0x01 0x05")]
    public void Bytes_may_be_written_in_the_usual_ways(string text) => Assert.Equal(IPAddress.Parse("192.168.1.5"), NumberText.ReadPacked(text));

    [Theory]
    [InlineData("02:fc:00:00:00:01")]
    [InlineData("02-FC-00-00-00-01")]
    [InlineData("02fc.0000.0001")]
    [InlineData("02FC00000001")]
    public void A_hardware_address_may_be_written_in_the_usual_ways(string text)
    {
        Assert.Equal("02:fc:00:00:00:01", InterfaceIdentifier.Text(InterfaceIdentifier.ReadMac(text)));
        IPAddress made = InterfaceIdentifier.AddressIn(IPNetwork.Parse("fe80::/64"), InterfaceIdentifier.ReadMac(text));
        Assert.Equal("fe80::fc:ff:fe00:1", IPv6Text.Short(made));
        Assert.Equal("02:fc:00:00:00:01", InterfaceIdentifier.Text(InterfaceIdentifier.MacOf(made)!));
    }

    [Theory]
    [InlineData("24", 24)]
    [InlineData("/24", 24)]
    [InlineData("255.255.255.0", 24)]
    [InlineData("0.0.0.0", 0)]
    [InlineData("255.255.255.255", 32)]
    [InlineData("128.0.0.0", 1)]
    public void A_mask_may_be_a_length_or_four_octets(string text, int prefix) => Assert.Equal(prefix, AddressText.ReadMask(text, AddressFamily.InterNetwork));

    [Fact]
    public void Every_mask_of_both_families_leads_back_to_its_prefix()
    {
        foreach (AddressFamily family in new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
        {
            for (int prefix = 0; prefix <= family.Width(); prefix++)
            {
                string mask = IPv6Text.Short(AddressNumber.Mask(prefix, family.Width()).ToAddress(family));
                Assert.Equal(prefix, AddressText.ReadMask(mask, family));
            }
        }
    }

    [Fact]
    public void A_zone_is_taken_where_it_is_allowed()
    {
        Assert.Equal(7, AddressText.ReadAddress("fe80::1%7", zone: true).ScopeId);
        Refused(() => AddressText.ReadAddress("fe80::1%", zone: true), AddressFault.ZoneEmpty, 7, "%");
        Refused(() => AddressText.ReadAddress("10.0.0.1%7", zone: true), AddressFault.ZoneNotWanted, 8, "%7");
    }

    [Theory]
    [InlineData("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1")] // RFC 5952 section 4.2.3: the first of equal runs
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")] // section 4.2.2: a single group is not shortened
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")] // section 4.2.3: the longest
    [InlineData("2001:DB8::A", "2001:db8::a")] // section 4.3
    [InlineData("::ffff:c000:0201", "::ffff:192.0.2.1")] // section 5
    [InlineData("::192.0.2.1", "::c000:201")]
    [InlineData("fe80::5efe:c000:201", "fe80::5efe:c000:201")] // ISATAP, where the framework writes dots
    [InlineData("::", "::")]
    [InlineData("1::", "1::")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    public void The_short_form_is_that_of_RFC_5952(string text, string expected) => Assert.Equal(expected, IPv6Text.Short(AddressText.ReadAddress(text)));

    internal static void Refused(Func<object> read, AddressFault fault, int at, string part)
    {
        var wrong = Assert.Throws<AddressFormatException>(() => _ = read());
        Assert.Equal((fault, at, part), (wrong.Fault, wrong.At, wrong.Part));
    }

    private static void Refused<T>(Func<T> read, AddressFault fault, int at, string part)
        where T : struct => Refused(() => (object)read(), fault, at, part);
}
