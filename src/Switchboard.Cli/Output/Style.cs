namespace Switchboard.Cli.Output;

/// <summary>The few ways text is set off; each says something that the words say too, so nothing is lost without colour.</summary>
internal enum Style
{
    Plain,
    Heading,
    Name,
    Faint,
    Good,
    Warning,
    Bad,
}

internal static class Styles
{
    public static string Apply(Style style, string text, bool color) => color && Code(style) is { } code ? $"\e[{code}m{text}\e[0m" : text;

    /// <summary>One of six colours, told apart by number; for names that stand before every line.</summary>
    public static string Numbered(int number, string text, bool color) => color ? $"\e[{s_numbered[number % s_numbered.Length]}m{text}\e[0m" : text;

    private static readonly string[] s_numbered = ["36", "33", "32", "35", "34", "31"];

    private static string? Code(Style style) => style switch
    {
        Style.Heading => "1",
        Style.Name => "36",
        Style.Faint => "2",
        Style.Good => "32",
        Style.Warning => "33",
        Style.Bad => "31",
        _ => null,
    };
}
