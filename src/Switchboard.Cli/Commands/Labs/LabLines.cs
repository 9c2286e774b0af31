namespace Switchboard.Cli.Commands.Labs;

/// <summary>An experiment, as <c>lab --json</c> tells it; in the list without what only a run can say.</summary>
internal sealed record ExperimentLine
{
    public required string Name { get; init; }
    public required string Title { get; init; }
    public required string Group { get; init; }
    /// <summary><c>as_expected</c> or <c>not_as_expected</c>.</summary>
    public string? Verdict { get; init; }
    public string? Expects { get; init; }
    public string? Background { get; init; }
    public ClaimLine[]? Claims { get; init; }
    public EventLine[]? Events { get; init; }
}

/// <summary>One fact that was expected.</summary>
internal sealed record ClaimLine
{
    public required string Expected { get; init; }
    public required string Seen { get; init; }
    public required bool Holds { get; init; }
}

/// <summary>One thing that happened. Bytes are hexadecimal, the first 1,024 of them.</summary>
internal sealed record EventLine
{
    public required long AtUs { get; init; }
    public required string Lane { get; init; }
    public string? Part { get; init; }
    public required string Call { get; init; }
    public string? Returned { get; init; }
    public string? Bytes { get; init; }
    public string? Why { get; init; }
}

/// <summary>What <c>lab check --json</c> says of one rule.</summary>
internal sealed record RuleLine
{
    public required string Kind { get; init; }
    public required string Rule { get; init; }
    public required string Title { get; init; }
    /// <summary><c>pass</c> or <c>fail</c>.</summary>
    public required string Result { get; init; }
    public string? Sent { get; init; }
    public string? Expected { get; init; }
    public string? Got { get; init; }
}

/// <summary>A layer, as <c>lab layers --json</c> tells it.</summary>
internal sealed record LayerLine
{
    public required int Osi { get; init; }
    public required string OsiName { get; init; }
    public required string Tcpip5 { get; init; }
    public required string Tcpip4 { get; init; }
    public required string Unit { get; init; }
    public required string Protocols { get; init; }
    public required string Devices { get; init; }
}
