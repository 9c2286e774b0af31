using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>How to print: read once from the first flags, the environment and the streams, before anything can go wrong.</summary>
internal sealed record PrinterOptions
{
    public Language Language { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }

    /// <summary>Colour on stdout.</summary>
    public bool Color { get; init; }

    /// <summary>Colour on stderr.</summary>
    public bool ErrorColor { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public int Width { get; init; } = Tty.StandardWidth;

    /// <summary>A wrong flag must be complained about in the right language and shape, so these four are looked for before parsing.</summary>
    public static PrinterOptions Read(string[] args, Func<string, string?> environment)
    {
        string[] flags = Parser.OwnPart(Program.Table, args);
        bool output = Tty.OutputIsTerminal, error = Tty.ErrorIsTerminal;
        string? color = After(flags, "--color");
        return new()
        {
            Language = LanguageOf(flags, environment),
            Json = flags.Contains("--json"),
            Quiet = flags.Contains("--quiet") || flags.Contains("-q"),
            Color = Colored(color, output, environment),
            ErrorColor = Colored(color, error, environment),
            OutputIsTerminal = output,
            ErrorIsTerminal = error,
            Width = output || error ? Tty.Width : Tty.StandardWidth,
        };
    }

    /// <summary><c>--lang</c>, else the first of LC_ALL, LC_MESSAGES and LANG that is set (POSIX, "Locale").</summary>
    public static Language LanguageOf(string[] args, Func<string, string?> environment)
    {
        string?[] sources = [After(args, "--lang"), environment("LC_ALL"), environment("LC_MESSAGES"), environment("LANG")];
        return Languages.Parse(Array.Find(sources, s => !string.IsNullOrEmpty(s)));
    }

    // https://no-color.org: any non-empty value. TERM=dumb cannot colour.
    private static bool Colored(string? asked, bool terminal, Func<string, string?> environment) => asked switch
    {
        "always" => true,
        "never" => false,
        _ => terminal && string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") != "dumb",
    };

    private static string? After(string[] args, string flag)
    {
        for (int i = args.Length - 1; i >= 0; i--)
        {
            if (args[i].StartsWith(flag + "=", StringComparison.Ordinal))
            {
                return args[i][(flag.Length + 1)..];
            }
            if (args[i] == flag && i + 1 < args.Length)
            {
                return args[i + 1];
            }
        }
        return null;
    }
}
