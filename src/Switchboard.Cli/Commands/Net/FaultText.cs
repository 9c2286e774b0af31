using System.Globalization;
using Switchboard.Addresses;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary>What is said about a text that was refused: what, where, why, and what would be right.</summary>
internal static class FaultText
{
    public static UsageException Of(AddressFormatException wrong)
    {
        int place = wrong.At + 1;
        Words reason = Reason(wrong);
        return new(wrong.Text.Length == 0 ? reason : wrong.Length == 0
            ? ($"'{wrong.Text}' is refused at its character {place}: {reason.En}", $"'{wrong.Text}' 在第 {place} 个字符处有误：{reason.Zh}")
            : ($"'{wrong.Text}' is refused at its character {place}, '{wrong.Part}': {reason.En}", $"'{wrong.Text}' 在第 {place} 个字符 '{wrong.Part}' 处有误：{reason.Zh}"), Hint(wrong));
    }

    private static Words Reason(AddressFormatException wrong) => wrong.Fault switch
    {
        AddressFault.Empty => ("nothing is there.", "这里是空的。"),
        AddressFault.UnexpectedCharacter when wrong.Part == "/" => ("a prefix has no place here.", "这里不能带前缀长度。"),
        AddressFault.UnexpectedCharacter => ("this character has no place here.", "这个字符不该出现在这里。"),
        AddressFault.OctetMissing => ("a number is missing.", "缺少一个数字。"),
        AddressFault.OctetTooLarge => ("an octet is 255 at most.", "每一段最大为 255。"),
        AddressFault.OctetLeadingZero => ("a leading zero: some programs read it as octal, others as decimal.", "以 0 开头：有的程序按八进制读，有的按十进制读。"),
        AddressFault.TooFewOctets => ("an IPv4 address has four octets; nothing is filled up.", "IPv4 地址有四段；不会自动补全。"),
        AddressFault.TooManyOctets => ("an IPv4 address has four octets.", "IPv4 地址只有四段。"),
        AddressFault.MacShape => ("a hardware address is 12 hexadecimal digits.", "硬件地址是 12 个十六进制数字。"),
        AddressFault.HexOdd => ("a byte has two hexadecimal digits.", "一个字节是两个十六进制数字。"),
        AddressFault.HexLength => ($"an address has 4 bytes or 16, not {wrong.Meant}.", $"地址是 4 个或 16 个字节，而不是 {wrong.Meant} 个。"),
        AddressFault.NumberTooLarge => ($"the most is {wrong.Meant}.", $"最大为 {wrong.Meant}。"),
        AddressFault.NumberLeadingZero => ("a leading zero: some programs read it as octal.", "以 0 开头：有的程序按八进制读。"),
        AddressFault.SizeZero => ("a network for nobody.", "网络里至少要有一台主机。"),
        _ => IPv6(wrong.Fault) ?? Network(wrong),
    };

    private static Words? IPv6(AddressFault fault) => fault switch
    {
        AddressFault.GroupTooLong => ("a group has four digits at most.", "每组最多四位。"),
        AddressFault.TooFewGroups => ("an IPv6 address has eight groups, unless '::' stands for the missing ones.", "IPv6 地址有八组，缺少的要用 '::' 代替。"),
        AddressFault.TooManyGroups => ("an IPv6 address has eight groups, and '::' stands for one at least.", "IPv6 地址只有八组，'::' 至少代表一组。"),
        AddressFault.SecondGap => ("'::' can stand only once.", "'::' 只能出现一次。"),
        AddressFault.LoneColon => ("a single colon at an end.", "开头或结尾只有一个冒号。"),
        AddressFault.DottedTailInside => ("an IPv4 part can only be the end.", "IPv4 部分只能在末尾。"),
        AddressFault.ZoneNotWanted => ("a zone has no place here.", "这里不能带区域标识。"),
        AddressFault.ZoneEmpty => ("the zone is missing.", "缺少区域标识。"),
        _ => null,
    };

    private static Words Network(AddressFormatException wrong) => wrong.Fault switch
    {
        AddressFault.PrefixMissing => ("the prefix is missing.", "缺少前缀长度。"),
        AddressFault.PrefixEmpty => ("the length of the prefix is missing.", "缺少前缀长度。"),
        AddressFault.PrefixTooLong => ("a prefix is 32 bits long at most, 128 in IPv6.", "前缀最长 32 位，IPv6 为 128 位。"),
        AddressFault.PrefixLeadingZero => ("a prefix has no leading zero.", "前缀长度不以 0 开头。"),
        AddressFault.MaskWithHoles => ("a mask with a hole: a one follows a zero.", "掩码不连续：0 的后面又出现了 1。"),
        AddressFault.MaskInverted => ("this is a mask turned round (a wildcard).", "这是反掩码（通配符掩码）。"),
        AddressFault.MaskOfOtherFamily => ("the mask is of the other family.", "掩码与地址不是同一种 IP 版本。"),
        AddressFault.HostBitsSet => ("bits behind the prefix are set, so this is no network.", "前缀之后还有置 1 的位，所以这不是一个网络。"),
        AddressFault.FamiliesDiffer => ("one is IPv4, the other IPv6.", "一个是 IPv4，另一个是 IPv6。"),
        _ => ("the range ends before it begins.", "范围的终点在起点之前。"),
    };

    private static Words? Hint(AddressFormatException wrong) => wrong.Fault switch
    {
        AddressFault.OctetLeadingZero or AddressFault.NumberLeadingZero => ("Write it without the zero if it is decimal.", "如果是十进制，请去掉开头的 0。"),
        AddressFault.TooFewOctets or AddressFault.OctetMissing => ("Write all four, as in 192.168.0.1.", "请写全四段，如 192.168.0.1。"),
        AddressFault.PrefixMissing => ($"Such as {wrong.Text}/{Usual(wrong.Text)}.", $"例如 {wrong.Text}/{Usual(wrong.Text)}。"),
        AddressFault.MaskInverted => ($"The mask would be {wrong.Meant}.", $"对应的掩码是 {wrong.Meant}。"),
        AddressFault.HostBitsSet => ($"The network is {wrong.Meant}; the one address is {wrong.Part}.", $"所在的网络是 {wrong.Meant}；单个地址请写 {wrong.Part}。"),
        AddressFault.ZoneNotWanted => ($"The address alone is {wrong.Meant}.", $"单独的地址是 {wrong.Meant}。"),
        _ => null,
    };

    private static string Usual(string address) => (address.Contains(':', StringComparison.Ordinal) ? 64 : 24).ToString(CultureInfo.InvariantCulture);
}
