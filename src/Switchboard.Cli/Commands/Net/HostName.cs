using System.Globalization;
using Switchboard.Addresses;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary>Names of hosts as they are typed.</summary>
internal static class HostName
{
    // RFC 1035 section 2.3.4.
    private const int LongestLabel = 63, LongestName = 253;

    /// <summary>A name (and how it was typed where it had to be encoded). What consists of digits and dots is no name but a wrong address: the C library would take 1.2.3 for 1.2.0.3.</summary>
    public static (string Name, string? Typed) Read(string text)
    {
        if (LooksLikeAddress(text))
        {
            string address = IPv6Text.Short(AddressText.ReadAddress(text));
            throw new UsageException(($"{address} is an address already.", $"{address} 已经是地址。"), ($"Its names: switchboard net addr {address}", $"查它的名称：switchboard net addr {address}"));
        }
        string name = Encoded(text);
        string whole = name.TrimEnd('.');
        int at = 0;
        foreach (string label in whole.Split('.'))
        {
            Words? wrong = label.Length == 0 ? ("a part is empty", "有一段为空") : label.Length > LongestLabel ? ("a part is longer than 63 characters", "有一段超过 63 个字符")
                : label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? null : ("only letters, digits and '-' stand in a name", "名称只能含字母、数字和 '-'");
            if (wrong is { } reason)
            {
                throw new UsageException(($"'{text}' is refused at its character {at + 1}: {reason.En}.", $"'{text}' 在第 {at + 1} 个字符处有误：{reason.Zh}。"));
            }
            at += label.Length + 1;
        }
        return whole.Length <= LongestName ? (name, name == text ? null : text)
            : throw new UsageException(($"A name has {LongestName} characters at most, not {whole.Length}.", $"名称最长 {LongestName} 个字符，而不是 {whole.Length} 个。"));
    }

    public static bool LooksLikeAddress(string text) => text.Contains(':', StringComparison.Ordinal) || text.All(c => char.IsAsciiDigit(c) || c is '.' or '/');

    private static string Encoded(string text)
    {
        try
        {
            return text.All(char.IsAscii) ? text : new IdnMapping().GetAscii(text);
        }
        catch (ArgumentException)
        {
            throw new UsageException(($"'{text}' cannot be a name.", $"'{text}' 不能作为名称。"));
        }
    }
}
