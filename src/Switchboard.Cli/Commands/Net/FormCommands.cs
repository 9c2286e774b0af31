using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net form</c>, <c>order</c>, <c>pack</c> and <c>unpack</c>: the same address or number, written in other ways.</summary>
internal static class FormCommands
{
    private static readonly Words[] s_orders = [("BITS", "位数"), ("BIG-ENDIAN (NETWORK)", "大端（网络序）"), ("LITTLE-ENDIAN", "小端"), ("READ THE WRONG WAY", "按错误的字节序读")];

    private static readonly Flag s_prefix = new("prefix", ("The /64 a hardware address makes an address in (default: fe80::/64)", "由硬件地址生成地址时所用的 /64（默认 fe80::/64）")) { Value = "NET" };

    public static Command BuildForm() => new("form", ("The ways to write an address: short, full, mapped, EUI-64", "地址的各种写法：缩写、全写、映射、EUI-64"))
    {
        Arguments = [new("IP|MAC", ("An address, or a hardware address such as 02:fc:00:00:00:01", "IP 地址，或硬件地址如 02:fc:00:00:00:01"))],
        Flags = [s_prefix],
        Examples =
        [
            new("switchboard net form 2001:db8:0:0:1:0:0:1", ("Short by RFC 5952, full, and its name for PTR", "按 RFC 5952 缩写、全写、反向名称")),
            new("switchboard net form 02:fc:00:00:00:01", ("The address an interface makes for itself", "网卡自动生成的地址")),
        ],
        Run = call => Task.FromResult(Form(call)),
    };

    public static Command BuildOrder() => new("order", ("The bytes of a number in both orders", "数字在两种字节序下的字节"))
    {
        Arguments = [new("N", ("A number: decimal, 0x… or 0b…, up to 64 bits", "数字：十进制、0x… 或 0b…，最多 64 位"))],
        Examples = [new("switchboard net order 9527", ("As 16, 32 and 64 bits", "按 16、32、64 位"))],
        Run = call => Task.FromResult(Order(call)),
    };

    public static Command BuildPack() => new("pack", ("The bytes of an address", "地址对应的字节"))
    {
        Arguments = [new("IP", ("An address", "地址"))],
        Examples = [new("switchboard net pack 192.168.1.5", ("The four bytes as they are on the wire", "网络上传输的四个字节"))],
        Run = call => Task.FromResult(Packed(call.Printer, AddressText.ReadAddress(call.Words[0]))),
    };

    public static Command BuildUnpack() => new("unpack", ("The address of bytes", "字节对应的地址"))
    {
        Arguments = [new("HEX", ("4 or 16 bytes, in hexadecimal: c0a80105, c0:a8:01:05, \\xc0\\xa8\\x01\\x05", "4 或 16 个字节的十六进制：c0a80105、c0:a8:01:05、\\xc0\\xa8\\x01\\x05")) { Many = true }],
        Examples = [new("switchboard net unpack c0a80105", ("Back from bytes", "由字节还原地址"))],
        Run = call => Task.FromResult(Packed(call.Printer, NumberText.ReadPacked(string.Join(' ', call.Words)))),
    };

    private static int Form(Invocation call)
    {
        string text = call.Words[0];
        FormLine line = IsMac(text) ? OfMac(InterfaceIdentifier.ReadMac(text), call.Value(s_prefix))
            : call.Has(s_prefix) ? throw new UsageException(("--prefix belongs to a hardware address.", "--prefix 只用于硬件地址。"))
            : OfAddress(AddressText.ReadAddress(text));
        if (call.Printer.IsJson)
        {
            call.Printer.Json(line, NetJson.Default.FormLine);
            return ExitCode.Done;
        }
        Print(call.Printer, line);
        return ExitCode.Done;
    }

    // Six groups of two, three of four with dots, or twelve digits: none of them is an address of the other kinds.
    private static bool IsMac(string text) => text.Contains('-', StringComparison.Ordinal)
        || (text.Count(c => c == ':') == 5 && !text.Contains("::", StringComparison.Ordinal))
        || (text.Length == 14 && text.Count(c => c == '.') == 2)
        || (text.Length == 12 && text.All(char.IsAsciiHexDigit));

    private static FormLine OfMac(PhysicalAddress mac, string? prefix)
    {
        string within = prefix ?? "fe80::/64";
        IPNetwork network = AddressText.ReadNetwork(within);
        if (network.Family() == AddressFamily.InterNetwork || network.PrefixLength != 64)
        {
            throw new UsageException(($"'{within}' is no /64: an interface identifier is 64 bits long.", $"'{within}' 不是 /64：接口标识符为 64 位。"));
        }
        string id = InterfaceIdentifier.ModifiedEui64(mac).ToString("x16", CultureInfo.InvariantCulture);
        return OfAddress(InterfaceIdentifier.AddressIn(network, mac)) with
        {
            Mac = InterfaceIdentifier.Text(mac),
            InterfaceId = string.Join(':', id.Chunk(4).Select(group => new string(group))),
        };
    }

    private static FormLine OfAddress(IPAddress address)
    {
        FormLine line = new() { Short = IPv6Text.Short(address), ReverseName = IPv6Text.ReverseName(address) };
        return address.AddressFamily == AddressFamily.InterNetwork
            ? line with { Mapped = IPv6Text.Mapped(address), Nat64 = IPv6Text.Mixed(EmbeddedAddress.ToNat64(address)), SixToFour = IPv6Text.Short(EmbeddedAddress.ToSixToFour(address)) }
            : line with { Full = IPv6Text.Full(address), Mixed = IPv6Text.Mixed(address), Embedded = EmbeddedAddress.In(address)?.Address.ToString(), Mac = InterfaceIdentifier.MacOf(address) is { } mac ? InterfaceIdentifier.Text(mac) : null };
    }

    private static void Print(Printer printer, FormLine line)
    {
        var facts = new FactSheet(printer);
        (Words Label, string? Value)[] rows =
        [
            (("hardware address", "硬件地址"), line.Mac),
            (("interface identifier (EUI-64)", "接口标识符（EUI-64）"), line.InterfaceId),
            (("short (RFC 5952)", "缩写（RFC 5952）"), line.Short),
            (("full", "全写"), line.Full),
            (("with an IPv4 tail", "末尾写作 IPv4"), line.Mixed),
            (("IPv4 inside", "内含 IPv4"), line.Embedded),
            (("IPv4-mapped", "IPv4 映射"), line.Mapped),
            (("NAT64 (RFC 6052)", "NAT64（RFC 6052）"), line.Nat64),
            (("6to4 (RFC 3056)", "6to4（RFC 3056）"), line.SixToFour),
            (("reverse name", "反向名称"), line.ReverseName),
        ];
        foreach ((Words label, string? value) in rows.Where(row => row.Value is not null))
        {
            facts.Row(label, value!);
        }
        facts.Print();
        if (line.InterfaceId is not null)
        {
            printer.Line();
            PrintEui64(printer, line);
        }
    }

    // Cut in two, ff:fe between, the second lowest bit of the first byte turned round.
    private static void PrintEui64(Printer printer, FormLine line)
    {
        string mac = line.Mac!, first = mac[..2], turned = line.InterfaceId![..2];
        printer.Line("  " + mac[..8] + " " + printer.Styled(Style.Warning, "ff:fe") + " " + mac[9..]);
        printer.Line("  " + printer.Styled(Style.Warning, $"{first} = {BitSheet.Nibbles([Convert.ToByte(first, 16)])} -> {BitSheet.Nibbles([Convert.ToByte(turned, 16)])} = {turned}") + "  " + printer.In(("the universal/local bit", "全局/本地位取反")));
    }

    private static int Order(Invocation call)
    {
        ulong number = NumberText.ReadNumber(call.Words[0]);
        ByteOrders[] widths = [.. ByteOrders.Widths.Select(bits => ByteOrders.Of(number, bits)).OfType<ByteOrders>()];
        var table = new TextTable(call.Printer, s_orders) { Right = [0] };
        foreach (ByteOrders one in widths)
        {
            if (call.Printer.IsJson)
            {
                call.Printer.Json(new() { Number = number, Bits = one.Bits, Big = Convert.ToHexStringLower(one.Big), Little = Convert.ToHexStringLower(one.Little), Swapped = one.Swapped }, NetJson.Default.OrderLine);
                continue;
            }
            table.Row(one.Bits.ToString(CultureInfo.InvariantCulture), Spaced(one.Big), Spaced(one.Little), one.Swapped.ToString(CultureInfo.InvariantCulture));
        }
        if (!call.Printer.IsJson)
        {
            call.Printer.Line(string.Create(CultureInfo.InvariantCulture, $"{number} = 0x{number:x}"));
            call.Printer.Line();
        }
        table.Print();
        foreach (int bits in ByteOrders.Widths.Where(bits => Array.TrueForAll(widths, one => one.Bits != bits)))
        {
            call.Printer.Note(($"It does not fit into {bits} bits.", $"{bits} 位放不下。"));
        }
        return ExitCode.Done;
    }

    private static int Packed(Printer printer, IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        if (printer.IsJson)
        {
            printer.Json(new() { Address = IPv6Text.Short(address), Length = bytes.Length, Hex = Convert.ToHexStringLower(bytes), Number = address.ToNumber() }, NetJson.Default.PackLine);
            return ExitCode.Done;
        }
        var facts = new FactSheet(printer);
        facts.Row(("address", "地址"), IPv6Text.Short(address));
        facts.Row(("bytes", "字节"), string.Create(CultureInfo.InvariantCulture, $"{Spaced(bytes)} ({bytes.Length})"));
        facts.Row(("in binary", "二进制"), BitSheet.Nibbles(bytes));
        facts.Row(("as a number", "作为数字"), string.Create(CultureInfo.InvariantCulture, $"{address.ToNumber()} = 0x{Convert.ToHexStringLower(bytes)}"));
        facts.Row(("in C and Python", "C 与 Python 写法"), string.Concat(bytes.Select(b => string.Create(CultureInfo.InvariantCulture, $"\\x{b:x2}"))));
        facts.Print();
        return ExitCode.Done;
    }

    private static string Spaced(byte[] bytes) => string.Join(' ', bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
}
