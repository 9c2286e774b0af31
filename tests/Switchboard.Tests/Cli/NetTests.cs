using System.Text.Json;
using Switchboard.Cli.Output;

namespace Switchboard.Tests.Cli;

/// <summary><c>switchboard net</c> as it is typed: what it prints, its JSON, its exit codes.</summary>
public sealed class NetTests
{
    [Fact]
    public async Task The_AND_stands_bit_below_bit_with_a_bar_at_the_prefix()
    {
        var result = await CommandLine.RunAsync("net", "mask", "192.168.1.77/26");
        Assert.Equal(0, result.Exit);
        Assert.StartsWith("""
              address    192.168.1.77     11000000.10101000.00000001.01|001101
            & mask       255.255.255.192  11111111.11111111.11111111.11|000000
            = network    192.168.1.64     11000000.10101000.00000001.01|000000
              broadcast  192.168.1.127    11000000.10101000.00000001.01|111111

            """, result.Out);
    }

    [Theory]
    [InlineData("10.1.2.3/0", "|00001010.00000001.00000010.00000011")]
    [InlineData("10.1.2.3/8", "00001010|00000001.00000010.00000011")]
    [InlineData("10.1.2.3/32", "00001010.00000001.00000010.00000011|")]
    [InlineData("::1/64", "0000000000000000:0000000000000000:0000000000000000:0000000000000000\n")]
    [InlineData("::1/64", "|0000000000000000:0000000000000000:0000000000000000:0000000000000001\n")]
    [InlineData("::1/128", "0000000000000000:0000000000000000:0000000000000000:0000000000000001|\n")]
    public async Task The_bar_stands_at_every_boundary(string text, string bits) =>
        Assert.Contains(bits, (await CommandLine.RunAsync("net", "mask", text)).Out);

    [Fact]
    public async Task Colour_sets_off_both_parts_and_no_line_is_wider_than_80()
    {
        var plain = await CommandLine.RunAsync("net", "mask", "2001:db8::1/60");
        Assert.All(plain.Out.Split('\n').TakeWhile(line => line.Length > 0), line => Assert.True(line.Length <= 80, line));
        var coloured = await CommandLine.RunAsync("net", "mask", "10.0.0.1/24", "--color", "always");
        Assert.Contains("\e[36m00001010.00000000.00000000\e[0m|\e[33m00000001\e[0m", coloured.Out);
    }

    [Theory]
    [InlineData("mask 192.168.1.77/26", """{"address":"192.168.1.77","prefix":26,"mask":"255.255.255.192","wildcard":"0.0.0.63","network":"192.168.1.64/26","broadcast":"192.168.1.127","first_host":"192.168.1.65","last_host":"192.168.1.126","hosts":62,"addresses":64}""")]
    [InlineData("mask ::1 0", """{"address":"::1","prefix":0,"mask":"::","wildcard":"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff","network":"::/0","first_host":"::1","last_host":"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff","hosts":340282366920938463463374607431768211455,"addresses":340282366920938463463374607431768211456}""")]
    [InlineData("mask 10.0.0.0/31 10.0.0.2", """{"address":"10.0.0.0","prefix":31,"mask":"255.255.255.254","wildcard":"0.0.0.1","network":"10.0.0.0/31","first_host":"10.0.0.0","last_host":"10.0.0.1","hosts":2,"addresses":2,"other":"10.0.0.2","other_inside":false}""")]
    [InlineData("same 10.0.0.5 10.0.1.9 255.255.254.0", """{"a":"10.0.0.5","b":"10.0.1.9","same":true,"agree":true,"views":[{"prefix":23,"own":"10.0.0.0/23","other":"10.0.0.0/23","same":true}]}""")]
    [InlineData("same 10.0.0.5/24 10.0.1.9/16", """{"a":"10.0.0.5","b":"10.0.1.9","same":false,"agree":false,"views":[{"by":"10.0.0.5","prefix":24,"own":"10.0.0.0/24","other":"10.0.1.0/24","same":false},{"by":"10.0.1.9","prefix":16,"own":"10.0.0.0/16","other":"10.0.0.0/16","same":true}]}""")]
    [InlineData("same ::ffff:10.0.0.5 ::ffff:10.0.0.6 96", """{"a":"::ffff:10.0.0.5","b":"::ffff:10.0.0.6","same":true,"agree":true,"views":[{"prefix":96,"own":"::ffff:0:0/96","other":"::ffff:0:0/96","same":true}]}""")]
    [InlineData("plan 10.0.0.0/28 2 /29", """{"network":"10.0.0.0/28","placed":[{"order":2,"network":"10.0.0.0/29","mask":"255.255.255.248","broadcast":"10.0.0.7","first_host":"10.0.0.1","last_host":"10.0.0.6","hosts":6},{"order":1,"wanted":2,"network":"10.0.0.8/30","mask":"255.255.255.252","broadcast":"10.0.0.11","first_host":"10.0.0.9","last_host":"10.0.0.10","hosts":2}],"left":["10.0.0.12/30"],"left_addresses":4}""")]
    [InlineData("set 10.0.0.0/25 10.0.0.64-10.0.0.200 --minus 10.0.0.0/26 --overlap 10.0.0.0/24 --contains 10.0.0.99", """{"networks":["10.0.0.64/26","10.0.0.128/26","10.0.0.192/29","10.0.0.200/32"],"ranges":[{"first":"10.0.0.64","last":"10.0.0.200"}],"addresses":137,"cover":"10.0.0.0/24","overlaps":[{"a":"10.0.0.0/25","b":"10.0.0.64-10.0.0.200","common":["10.0.0.64/26"]}],"contains":[{"network":"10.0.0.99","inside":true}]}""")]
    [InlineData("set 10.0.0.1 --minus 10.0.0.1", """{"networks":[],"ranges":[],"addresses":0,"overlaps":[]}""")]
    [InlineData("kind 10.0.0.1", """{"address":"10.0.0.1","kind":"private","blocks":[{"network":"10.0.0.0/8","name":"Private-Use","rfc":"RFC 1918","source":true,"destination":true,"forwardable":true,"globally_reachable":false,"reserved_by_protocol":false}]}""")]
    [InlineData("kind ::ffff:1.2.3.4", """{"address":"::ffff:1.2.3.4","kind":"ipv4_mapped","blocks":[{"network":"::ffff:0:0/96","name":"IPv4-mapped Address","rfc":"RFC 4291","source":false,"destination":false,"forwardable":false,"globally_reachable":false,"reserved_by_protocol":true}],"embedding":"mapped","embedded":"1.2.3.4"}""")]
    [InlineData("pack 192.168.1.5", """{"address":"192.168.1.5","length":4,"hex":"c0a80105","number":3232235781}""")]
    [InlineData("unpack c0 a8 01 05", """{"address":"192.168.1.5","length":4,"hex":"c0a80105","number":3232235781}""")]
    [InlineData("pack ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", """{"address":"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff","length":16,"hex":"ffffffffffffffffffffffffffffffff","number":340282366920938463463374607431768211455}""")]
    [InlineData("form 192.0.2.33", """{"short":"192.0.2.33","mapped":"::ffff:192.0.2.33","nat64":"64:ff9b::192.0.2.33","six_to_four":"2002:c000:221::/48","reverse_name":"33.2.0.192.in-addr.arpa"}""")]
    [InlineData("form 02:fc:00:00:00:01 --prefix 2001:db8::/64", """{"mac":"02:fc:00:00:00:01","interface_id":"00fc:00ff:fe00:0001","short":"2001:db8::fc:ff:fe00:1","full":"2001:0db8:0000:0000:00fc:00ff:fe00:0001","mixed":"2001:db8::fc:ff:254.0.0.1","reverse_name":"1.0.0.0.0.0.e.f.f.f.0.0.c.f.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"}""")]
    public async Task JSON_has_the_shape_of_its_page(string line, string json)
    {
        var result = await CommandLine.RunAsync(["net", .. line.Split(' '), "--json"]);
        Assert.Equal((0, json), (result.Exit, result.Out.TrimEnd('\n')));
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task Order_tells_every_width_that_has_room()
    {
        var result = await CommandLine.RunAsync("net", "order", "0x12345", "--json");
        Assert.Equal("""
            {"number":74565,"bits":32,"big":"00012345","little":"45230100","swapped":1159921920}
            {"number":74565,"bits":64,"big":"0000000000012345","little":"4523010000000000","swapped":4981826712313528320}

            """, result.Out);
        result = await CommandLine.RunAsync("net", "order", "74565");
        Assert.Equal("It does not fit into 16 bits.\n", result.Error);
    }

    [Theory]
    [InlineData("kind 300.1.1.1", "'300.1.1.1' is refused at its character 1, '300': an octet is 255 at most.")]
    [InlineData("kind 1.2.3", "'1.2.3' is refused at its character 6: an IPv4 address has four octets; nothing is filled up.")]
    [InlineData("kind 010.0.0.1", "'010.0.0.1' is refused at its character 1, '010': a leading zero")]
    [InlineData("kind 65536", "'65536' is refused at its character 1, '65536': the most is 65535.")]
    [InlineData("kind 10.0.0.0/8", "'10.0.0.0/8' is refused at its character 9, '/': a prefix has no place here.")]
    [InlineData("mask 10.0.0.1 255.0.255.0", "'255.0.255.0' is refused at its character 7, '255': a mask with a hole")]
    [InlineData("mask 10.0.0.1/8 10.0.0.2 10.0.0.3", "'net mask' has no use for '10.0.0.3'.")]
    [InlineData("mask 10.0.0.1/8 ::1", "'::1' is refused at its character 1, '::1': one is IPv4, the other IPv6.")]
    [InlineData("same 10.0.0.1 10.0.0.2", "'10.0.0.1' is refused at its character 9: the prefix is missing.")]
    [InlineData("set 10.0.0.0/8 ::/8", "'::/8' is refused at its character 1, '::/8': one is IPv4, the other IPv6.")]
    [InlineData("set 10.0.0.0/8 --minus ::/8", "'::/8' is refused at its character 1")]
    [InlineData("plan 10.0.0.0/8", "'net plan' needs SIZE.")]
    [InlineData("plan 10.0.0.0/8 0", "'0' is refused at its character 1, '0': a network for nobody.")]
    [InlineData("plan 10.0.0.0/8 99999999999999999999999999999999999999999", "the most is 16777214.")]
    [InlineData("host 1.2.3", "'1.2.3' is refused at its character 6")]
    [InlineData("host 127.0.0.1", "127.0.0.1 is an address already.")]
    [InlineData("host a..b", "'a..b' is refused at its character 3: a part is empty.")]
    [InlineData("host a.b!c", "'a.b!c' is refused at its character 3: only letters, digits and '-' stand in a name.")]
    [InlineData("addr localhost", "'localhost' is refused at its character 1, 'l'")]
    [InlineData("ping 127.1", "'127.1' is refused at its character 6")]
    [InlineData("ping 127.0.0.1 --count 0", "--count cannot be '0'.")]
    [InlineData("ping 127.0.0.1 --interval 1ms", "--interval cannot be '1ms'.")]
    [InlineData("ping 127.0.0.1 --port 0", "A port is a number from 1 to 65535.")]
    [InlineData("form 02:fc:00:00:00", "'02:fc:00:00:00' is refused at its character 15")]
    [InlineData("form 02:fc:00:00:00:01 --prefix 2001:db8::/48", "'2001:db8::/48' is no /64")]
    [InlineData("form 10.0.0.1 --prefix 2001:db8::/64", "--prefix belongs to a hardware address.")]
    [InlineData("order 08", "'08' is refused at its character 1, '0': a leading zero")]
    [InlineData("unpack c0a8", "an address has 4 bytes or 16, not 2.")]
    public async Task Wrong_input_ends_with_2_and_says_where_and_why(string line, string said)
    {
        var result = await CommandLine.RunAsync(["net", .. line.Split(' ')]);
        Assert.Equal(ExitCode.Usage, result.Exit);
        Assert.Contains(said, result.Error);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public async Task What_does_not_fit_ends_with_6_and_says_what_would()
    {
        var result = await CommandLine.RunAsync("net", "plan", "10.0.0.0/24", "200", "100");
        Assert.Equal(ExitCode.NoRoom, result.Exit);
        Assert.Contains("They need 384 addresses; 10.0.0.0/24 has 256.", result.Error);
        Assert.Contains("A /23 would hold them.", result.Error);
        result = await CommandLine.RunAsync("net", "plan", "10.0.0.0/24", "200", "100", "--json", "--lang", "zh");
        Assert.Equal("no_room", JsonDocument.Parse(result.Error).RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Hosts_that_disagree_are_told_so_in_both_languages()
    {
        var result = await CommandLine.RunAsync("net", "same", "10.0.0.5/24", "10.0.1.9/16");
        Assert.Contains("they disagree: 10.0.1.9 takes 10.0.0.5 for a neighbour", result.Out);
        result = await CommandLine.RunAsync("net", "same", "10.0.0.5/24", "10.0.1.9/16", "--lang", "zh");
        Assert.Contains("判断不一致：10.0.1.9 认为 10.0.0.5 在同一网络", result.Out);
    }

    [Theory]
    [InlineData("0", "system")]
    [InlineData("1023", "system")]
    [InlineData("1024", "user")]
    [InlineData("49151", "user")]
    [InlineData("49152", "dynamic")]
    [InlineData("65535", "dynamic")]
    public async Task A_port_is_of_one_of_three_ranges(string port, string kind)
    {
        var result = await CommandLine.RunAsync("net", "kind", port, "--json");
        Assert.Equal(kind, JsonDocument.Parse(result.Out).RootElement.GetProperty("class").GetString());
    }
}
