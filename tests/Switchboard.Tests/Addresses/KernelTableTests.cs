using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Switchboard.Addresses;

namespace Switchboard.Tests.Addresses;

/// <summary>What other programs and the kernel write, read as they wrote it.</summary>
public sealed class KernelTableTests
{
    [Fact]
    public void Only_waiting_sockets_are_listeners()
    {
        string[] lines =
        [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 0100007F:2537 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0",
            "   1: 0100007F:2537 0100007F:8AE2 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0000000000000000 20 4 30 10 -1",
        ];
        ListeningSocket only = Assert.Single(KernelTables.Listeners("tcp", lines));
        Assert.Equal(new("tcp", IPAddress.Loopback, 9527, 1000, 4242), only);
    }

    [Fact]
    public void An_IPv6_address_comes_back_from_four_words_of_the_machine_s_order()
    {
        string[] lines =
        [
            "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops",
            "  15: B80D0120000000000000000001000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 77 2 0000000000000000 0",
        ];
        Assert.Equal(new("udp", IPAddress.Parse("2001:db8::1"), 5353, 0, 77), Assert.Single(KernelTables.Listeners("udp", lines)));
    }

    [Fact]
    public void The_ARP_table_tells_who_was_found_and_who_was_not()
    {
        string[] lines =
        [
            "IP address       HW type     Flags       HW address            Mask     Device",
            "192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0",
            "192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0",
            "192.0.2.7        0x1         0x6         02:fc:00:00:00:07     *        eth1",
        ];
        Assert.Equal(
            [
                new(IPAddress.Parse("192.0.2.1"), "02:fc:00:00:00:05", "eth0", "complete"),
                new(IPAddress.Parse("192.0.2.9"), null, "eth0", "incomplete"),
                new(IPAddress.Parse("192.0.2.7"), "02:fc:00:00:00:07", "eth1", "permanent"),
            ],
            KernelTables.ArpTable(lines));
    }

    [Fact]
    public void A_neighbour_is_read_out_of_a_netlink_message_and_one_without_neighbours_is_not()
    {
        byte[] near = Message(28, [10, 0, 0, 0, .. Native(3), .. Native((ushort)4), 0, 1, .. Attribute(1, IPAddress.Parse("fe80::1").GetAddressBytes()), .. Attribute(2, [2, 0xfc, 0, 0, 0, 5])]);
        byte[] loopback = Message(28, [2, 0, 0, 0, .. Native(1), .. Native((ushort)0x40), 0, 2, .. Attribute(1, [127, 0, 0, 1])]);
        byte[] done = Message(3, [0, 0, 0, 0]);
        byte[] answer = [.. near, .. loopback, .. done];
        Neighbour only = Assert.Single(RouteNetlink.Neighbours(answer, link => link == 3 ? "eth0" : null));
        Assert.Equal(new(IPAddress.Parse("fe80::1"), "02:fc:00:00:00:05", "eth0", "stale"), only);
        Assert.True(RouteNetlink.IsLast(answer));
        Assert.False(RouteNetlink.IsLast(near));
    }

    [Fact]
    public void An_address_is_read_with_its_flags_and_the_end_of_its_life()
    {
        byte[] life = [.. Native(1800u), .. Native(3600u), .. Native(0u), .. Native(0u)];
        byte[] message = Message(20, [2, 24, 0, 0, .. Native(2), .. Attribute(1, [192, 0, 2, 2]), .. Attribute(8, Native(0x200u)), .. Attribute(6, life)]);
        Assert.Equal(new(IPAddress.Parse("192.0.2.2"), 2, 0x200, 3600), Assert.Single(RouteNetlink.Addresses(message)));
    }

    [Fact]
    public void A_netlink_message_cut_anywhere_is_read_as_far_as_it_goes()
    {
        byte[] whole = Message(28, [10, 0, 0, 0, .. Native(3), .. Native((ushort)2), 0, 1, .. Attribute(1, IPAddress.IPv6Loopback.GetAddressBytes()), .. Attribute(2, [2, 0, 0, 0, 0, 1])]);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Empty(RouteNetlink.Neighbours(whole.AsSpan(0, length), _ => "eth0"));
            Assert.False(RouteNetlink.IsLast(whole.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_lease_of_systemd_is_read()
    {
        string[] lines = ["# This is private data. Do not parse.", "ADDRESS=192.168.1.44", "NETMASK=255.255.255.0", "SERVER_ADDRESS=192.168.1.1", "LIFETIME=86400"];
        Assert.Equal(new DhcpLease(IPAddress.Parse("192.168.1.44"), null, "192.168.1.1", "86400"), Assert.Single(DhcpLease.Read(lines)));
    }

    [Fact]
    public void The_last_lease_of_an_address_counts_in_the_file_of_dhclient()
    {
        string[] lines = [.. Lease("4 2026/11/26 10:00:00"), .. Lease("5 2026/11/27 10:00:00")];
        Assert.Equal(new DhcpLease(IPAddress.Parse("192.168.1.44"), "eth0", "192.168.1.1", "5 2026/11/27 10:00:00"), Assert.Single(DhcpLease.Read(lines)));

        static string[] Lease(string expire) =>
            ["lease {", "  interface \"eth0\";", "  fixed-address 192.168.1.44;", "  option dhcp-server-identifier 192.168.1.1;", "  option routers 192.168.1.1;", $"  expire {expire};", "}"];
    }

    [Fact]
    public void A_file_of_something_else_has_no_leases() => Assert.Empty(DhcpLease.Read(["lease {", "  interface \"eth0\";", "}", "nonsense"]));

    [Fact]
    public void Services_are_found_by_name_alias_and_port()
    {
        var table = new ServiceTable(["# comment", "http\t\t80/tcp\t\twww # WorldWideWeb", "domain 53/tcp", "domain 53/udp", "broken", "worse x/tcp", "too-high 70000/tcp"]);
        Assert.Equal(3, table.Services.Count);
        Assert.Equal(80, Assert.Single(table.Named("www")).Port);
        Assert.Equal(["tcp", "udp"], table.At(53).Select(service => service.Protocol));
        Assert.Empty(table.Named("WWW"));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, 8, 0)]
    [InlineData(AddressFamily.InterNetworkV6, 128, 129)]
    public void An_echo_request_has_its_number_and_a_right_checksum_and_only_a_reply_answers_it(AddressFamily family, byte asks, byte answers)
    {
        byte[] request = IcmpEcho.Request(family, 0x1234, "some payload with an odd length"u8);
        Assert.Equal(asks, request[0]);
        Assert.Equal(0, IcmpEcho.Checksum(request));
        Assert.Null(IcmpEcho.ReplyTo(family, request));
        request[0] = answers;
        Assert.Equal((ushort)0x1234, IcmpEcho.ReplyTo(family, request));
        Assert.Null(IcmpEcho.ReplyTo(family, request.AsSpan(0, 7)));
    }

    [Fact]
    public void The_checksum_is_that_of_RFC_1071() =>
        // Section 3: the words 0001 f203 f4f5 f6f7 sum up to ddf2.
        Assert.Equal(unchecked((ushort)~0xddf2), IcmpEcho.Checksum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]));

    [Theory]
    [InlineData(9527, 16, "2537", "3725", 14117)]
    [InlineData(9527, 32, "00002537", "37250000", 925171712)]
    [InlineData(0xffff, 16, "ffff", "ffff", 0xffff)]
    public void A_number_has_its_bytes_in_both_orders(ulong number, int bits, string big, string little, ulong swapped)
    {
        ByteOrders orders = ByteOrders.Of(number, bits)!;
        Assert.Equal((big, little, swapped), (Convert.ToHexStringLower(orders.Big), Convert.ToHexStringLower(orders.Little), orders.Swapped));
    }

    [Fact]
    public void A_number_that_needs_more_bits_has_no_bytes_of_that_width()
    {
        Assert.Null(ByteOrders.Of(65_536, 16));
        Assert.Null(ByteOrders.Of(1UL << 32, 32));
        Assert.NotNull(ByteOrders.Of(ulong.MaxValue, 64));
    }

    private static byte[] Native<T>(T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Marshal.SizeOf<T>()];
        MemoryMarshal.Write(bytes, value);
        return bytes;
    }

    private static byte[] Attribute(ushort type, byte[] value) => Padded([.. Native((ushort)(4 + value.Length)), .. Native(type), .. value]);

    private static byte[] Message(ushort type, byte[] body) => Padded([.. Native(16 + body.Length), .. Native(type), 0, 0, .. new byte[8], .. body]);

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
}
