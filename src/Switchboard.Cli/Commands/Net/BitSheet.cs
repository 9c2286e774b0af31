using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Net;

/// <summary>Addresses in binary, bit below bit, with a bar where the prefix ends. IPv4 on one line; the 128 bits of IPv6 in two halves, so that they fit a terminal of 80 columns.</summary>
internal sealed class BitSheet(Printer printer, AddressFamily family, int prefix)
{
    private readonly List<(char Sign, string Label, IPAddress Value)> _rows = [];

    /// <param name="sign">What joins it to the row above: <c>&amp;</c>, <c>=</c>, or a space.</param>
    public void Row(char sign, Words label, IPAddress value) => _rows.Add((sign, printer.In(label), value));

    /// <summary>The one sum all of this is about: address AND mask is network.</summary>
    public static BitSheet And(Printer printer, IPAddress address, int prefix)
    {
        var sheet = new BitSheet(printer, address.AddressFamily, prefix);
        IPNetwork network = address.NetworkOf(prefix);
        sheet.Row(' ', ("address", "地址"), address);
        sheet.Row('&', ("mask", "掩码"), network.Mask());
        sheet.Row('=', ("network", "网络"), network.BaseAddress);
        return sheet;
    }

    public void Print()
    {
        int labels = _rows.Max(row => TextWidth.Of(row.Label));
        if (family == AddressFamily.InterNetwork)
        {
            int texts = _rows.Max(row => row.Value.ToString().Length);
            Print(labels, row => row.Value.ToString().PadRight(texts) + "  " + Bits(row.Value, 0, 32, 8, '.'));
            return;
        }
        Print(labels, row => IPv6Text.Full(row.Value));
        for (int from = 0; from < 128; from += 64)
        {
            Words half = ($"bits {from} to {from + 63}", $"第 {from} 到 {from + 63} 位");
            printer.Line(printer.Styled(Style.Faint, "  " + printer.In(half)));
            Print(labels, row => Bits(row.Value, from, from + 64, 16, ':'));
        }
    }

    private void Print(int labels, Func<(char Sign, string Label, IPAddress Value), string> right)
    {
        foreach ((char Sign, string Label, IPAddress Value) row in _rows)
        {
            printer.Line($"{row.Sign} {TextWidth.Pad(row.Label, labels)}  {right(row)}");
        }
    }

    private string Bits(IPAddress value, int from, int to, int group, char between)
    {
        UInt128 number = value.ToNumber();
        StringBuilder[] parts = [new(), new()];
        for (int bit = from; bit < to; bit++)
        {
            StringBuilder part = parts[bit < prefix ? 0 : 1];
            if (bit > from && bit % group == 0 && bit != prefix)
            {
                part.Append(between);
            }
            part.Append((number >> (family.Width() - 1 - bit)) & 1);
        }
        bool hasBar = prefix >= from && (prefix < to || prefix == family.Width());
        return printer.Styled(Style.Name, parts[0].ToString()) + (hasBar ? "|" : "") + printer.Styled(Style.Warning, parts[1].ToString());
    }

    /// <summary>Bits of a plain number, four by four.</summary>
    public static string Nibbles(byte[] bytes) =>
        string.Join(' ', bytes.Select(b => b.ToString("b8", CultureInfo.InvariantCulture).Insert(4, "_")));
}
