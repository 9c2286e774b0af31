using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>What is said beside a remote program's own output.</summary>
internal static class Remarks
{
    /// <summary>A remark on stderr, on a line of its own. Where nobody reads stderr any more it is lost, and the program is followed on.</summary>
    public static void Say(Printer printer, Words words)
    {
        try
        {
            // In a raw terminal the cursor is wherever the program left it.
            printer.Note(RawMode.IsActive ? ("\n" + words.En, "\n" + words.Zh) : words);
        }
        catch (IOException)
        {
            return;
        }
    }
}
