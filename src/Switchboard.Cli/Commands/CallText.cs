using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands;

/// <summary>Words that belong to no command in particular.</summary>
internal static class CallText
{
    public static Words Local(string message) => ($"this machine says: {message}", $"本机提示：{message}");
}
