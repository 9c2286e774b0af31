using System.Text;
using Switchboard.Cli;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Tests.Cli;

/// <summary>Runs a command line in this process and keeps what it said.</summary>
internal static class CommandLine
{
    public sealed record Result(int Exit, string Out, string Error);

    public static async Task<Result> RunAsync(PrinterOptions options, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var dispatcher = new Dispatcher(new Printer(options, output, error));
        int exit = await dispatcher.CallAsync(Program.Table, args);
        return new(exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    public static Task<Result> RunAsync(params string[] args) => RunAsync(PrinterOptions.Read(args, _ => null) with { OutputIsTerminal = false }, args);

    public static Printer Printer(Stream output, Language language = Language.English, int width = 80) =>
        new(new PrinterOptions { Language = language, Width = width }, output, Stream.Null);

    public static Invocation Parse(params string[] args) =>
        new Parser(Program.Table, Printer(Stream.Null), () => CancellationToken.None).Parse(args)!;

    public static Command[] AllCommands() => [.. Program.Table.Select(e => e.Build()).SelectMany(c => c.Subcommands.Prepend(c))];
}
