using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Terminal;

/// <summary>Questions to the person at the terminal, and what is piped in instead.</summary>
internal static class Input
{
    /// <summary>Longest password or line read from standard input.</summary>
    private const int MostBytes = 4_096;

    /// <summary>A secret typed without echo; null without a terminal.</summary>
    public static async Task<string?> SecretAsync(Printer printer, Words prompt, CancellationToken stop)
    {
        if (!Tty.InputIsTerminal)
        {
            return null;
        }
        printer.Ask("");
        string? typed = await new LineReader(StandardStream.Open(0), StandardStream.Open(2)).ReadSecretAsync(printer.In(prompt), stop);
        return string.IsNullOrEmpty(typed) ? throw new OperationCanceledException() : typed;
    }

    /// <summary>One line of standard input without its end; null at end of input. A longer line than <see cref="MostBytes"/> is cut there.</summary>
    public static async Task<string?> LineAsync(CancellationToken stop)
    {
        using Stream input = StandardStream.Open(0);
        List<byte> bytes = [];
        byte[] one = new byte[1];
        // Byte by byte, so that what follows the line stays for whoever reads next.
        while (bytes.Count < MostBytes)
        {
            if (await input.ReadAsync(one, stop) == 0)
            {
                return bytes.Count == 0 ? null : Decode(bytes);
            }
            if (one[0] == (byte)'\n')
            {
                break;
            }
            bytes.Add(one[0]);
        }
        return Decode(bytes);
    }

    private static string Decode(List<byte> bytes) => Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
}
