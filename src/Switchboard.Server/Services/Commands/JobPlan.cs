using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Commands;

/// <summary>What a client wants to be run.</summary>
internal sealed record JobPlan
{
    /// <summary>The program and its arguments, as bytes.</summary>
    public required IReadOnlyList<FileName> Arguments { get; init; }

    /// <summary><c>NAME=value</c>.</summary>
    public IReadOnlyList<FileName> Environment { get; init; } = [];

    /// <summary>The client's own name for the request; the same one means the same job.</summary>
    public string? Key { get; init; }

    public string Folder { get; init; } = "/";

    /// <summary>The one argument is a line for a shell.</summary>
    public bool Shell { get; init; }

    public bool Input { get; init; }

    /// <summary>Null: no terminal.</summary>
    public TerminalSize? Terminal { get; init; }

    public string? Term { get; init; }

    public TimeSpan? Timeout { get; init; }

    public bool Detach { get; init; }

    public bool WaitWhenFull { get; init; }

    /// <summary>A time limit as clients tell it, in seconds; what no clock can count is as good as none.</summary>
    public static TimeSpan? TimeOf(double? seconds) =>
        seconds is { } told ? TimeSpan.FromSeconds(Math.Clamp(told, 0.001, TimeSpan.MaxValue.TotalSeconds / 2)) : null;

    /// <summary>Takes the payload of a request apart: texts that end in a NUL each.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>, <see cref="RefusalCode.OverLimit"/>.</exception>
    public static (List<FileName> Arguments, List<FileName> Environment) Texts(ReadOnlySpan<byte> payload, int arguments)
    {
        List<FileName> texts = [];
        for (var rest = payload; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)0);
            if (end < 0)
            {
                throw new RefusedException(RefusalCode.BadRequest, "payload", "every text ends with a NUL byte");
            }

            if (end > CommandsOptions.LongestArgument)
            {
                throw new RefusedException(RefusalCode.OverLimit, null, $"an argument has at most {CommandsOptions.LongestArgument} bytes");
            }

            texts.Add(FileName.From(rest[..end]));
            rest = rest[(end + 1)..];
        }

        return arguments >= 1 && arguments <= texts.Count
            ? (texts[..arguments], texts[arguments..])
            : throw new RefusedException(RefusalCode.BadRequest, "arguments", $"the payload holds {texts.Count} texts");
    }
}

/// <summary>Of a terminal, in characters.</summary>
internal readonly record struct TerminalSize(int Rows, int Columns)
{
    private const int Most = 9_999;

    public static TerminalSize Standard { get; } = new(24, 80);

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static TerminalSize Of(int? rows, int? columns) => (rows ?? Standard.Rows, columns ?? Standard.Columns) switch
    {
        ( >= 1 and <= Most, >= 1 and <= Most) size => new(size.Item1, size.Item2),
        _ => throw new RefusedException(RefusalCode.BadRequest, "rows", $"a terminal has 1 to {Most} rows and columns"),
    };
}
