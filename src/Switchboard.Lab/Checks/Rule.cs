using Switchboard.Protocol;

namespace Switchboard.Lab.Checks;

/// <summary>One thing that the written rules ask of a learner's program.</summary>
/// <param name="Id">As in docs/lab.md.</param>
/// <param name="Title">What must hold.</param>
/// <param name="Try">Visits the program and finds out; throws <see cref="BrokenRuleException"/>.</param>
public sealed record Rule(string Id, Words Title, Action<Visit> Try);

/// <summary>A classic exercise and its rules, in the order they are tried.</summary>
public sealed record CheckKind(string Name, Words Title, Rule[] Rules);

/// <summary>What came of one rule: where it is broken, the bytes that show it.</summary>
public sealed record RuleResult(Rule Rule, BrokenRuleException? Broken)
{
    public bool Holds => Broken is null;
}

/// <summary>The program did something else than the rule says.</summary>
public sealed class BrokenRuleException(byte[] sent, Words expected, Words got) : Exception(got.En)
{
    /// <summary>What it was sent last.</summary>
    public byte[] Sent { get; } = sent;

    public Words Expected { get; } = expected;

    public Words Got { get; } = got;
}

/// <summary>Nobody answers at the address.</summary>
public sealed class NobodyThereException(string reason) : Exception(reason);
