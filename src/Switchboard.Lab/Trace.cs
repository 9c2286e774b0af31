using System.Diagnostics;
using Switchboard.Protocol;

namespace Switchboard.Lab;

/// <summary>Bytes of a stream: which stream, and where they stand in it.</summary>
public sealed record Stretch(string Stream, long Offset, bool IsSent);

/// <summary>One thing that happened.</summary>
public sealed record TraceEvent
{
    /// <summary>Microseconds since the experiment began.</summary>
    public required long At { get; init; }

    public required Lane Lane { get; init; }

    /// <summary>What was called, or what was seen.</summary>
    public required string Call { get; init; }

    public string? Returned { get; init; }

    public byte[]? Bytes { get; init; }

    public Stretch? Stretch { get; init; }

    public Words? Why { get; init; }

    /// <summary>Which part of the experiment it belongs to, from 0.</summary>
    public int Part { get; init; }
}

/// <summary>What was expected of one fact, and what was seen.</summary>
public sealed record Claim(Words Expected, string Seen, bool Holds);

/// <summary>What happens during an experiment, written down by both ends. Any thread may write.</summary>
public sealed class Trace
{
    /// <summary>More would be no picture; what comes after is counted only.</summary>
    public const int MostEvents = 400;

    private readonly Lock _lock = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<TraceEvent> _events = [];
    private readonly List<Words> _parts = [];
    private readonly List<Claim> _claims = [];

    public IReadOnlyList<TraceEvent> Events => _events;

    /// <summary>Headings: <see cref="TraceEvent.Part"/> counts them.</summary>
    public IReadOnlyList<Words> Parts => _parts;

    public IReadOnlyList<Claim> Claims => _claims;

    /// <summary>Events that there was no room for.</summary>
    public int Dropped { get; private set; }

    /// <summary>The claim whose expectation is turned round; null for none.</summary>
    internal int? Turned { get; init; }

    /// <summary>What follows belongs together: the wrong program, the right one.</summary>
    public void Part(Words title)
    {
        lock (_lock)
        {
            _parts.Add(title);
        }
    }

    public void Add(Lane lane, string call, string? returned = null, Words? why = null, byte[]? bytes = null, Stretch? stretch = null)
    {
        lock (_lock)
        {
            if (_events.Count >= MostEvents)
            {
                Dropped++;
                return;
            }
            _events.Add(new()
            {
                At = Stopwatch.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond,
                Lane = lane,
                Call = call,
                Returned = returned,
                Why = why,
                Bytes = bytes,
                Stretch = stretch,
                Part = Math.Max(0, _parts.Count - 1),
            });
        }
    }

    /// <summary>States a fact and whether it is one.</summary>
    public void Expect(Words expected, bool holds, string seen)
    {
        lock (_lock)
        {
            _claims.Add(new(expected, seen, holds != (Turned == _claims.Count)));
        }
    }

    /// <summary>States what a value is.</summary>
    public void Expect<T>(Words what, T expected, T seen)
        where T : IEquatable<T>
    {
        string value = ByteText.Of(expected);
        Expect(($"{what.En}: {value}", $"{what.Zh}：{value}"), expected.Equals(seen), ByteText.Of(seen));
    }

    /// <summary>States which bytes there are.</summary>
    public void Expect(Words what, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> seen)
    {
        string value = ByteText.Of(expected);
        Expect(($"{what.En}: {value}", $"{what.Zh}：{value}"), expected.SequenceEqual(seen), ByteText.Of(seen));
    }
}
