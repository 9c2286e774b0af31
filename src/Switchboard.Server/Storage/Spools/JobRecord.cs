using System.Text.Json;
using System.Text.Json.Serialization;

namespace Switchboard.Server.Storage.Spools;

/// <summary>What is known of a job from its beginning.</summary>
internal sealed record JobRecord
{
    public required string Id { get; init; }
    public required long Account { get; init; }
    public required string AccountName { get; init; }
    /// <summary>The client's own name for the request, so that repeating it makes no second job.</summary>
    public string? Key { get; init; }
    /// <summary>Program and arguments for people.</summary>
    public required string Command { get; init; }
    /// <summary>Working folder from the home, beginning with <c>/</c>.</summary>
    public required string Folder { get; init; }
    /// <summary>Microseconds since 1970 UTC.</summary>
    public required long Started { get; init; }
    /// <summary>When it is to be ended; null for never.</summary>
    public long? Deadline { get; init; }
    public bool Terminal { get; init; }
    public bool Input { get; init; }
    public bool Detached { get; init; }
    public bool WaitWhenFull { get; init; }
    public bool Confined { get; init; }
    /// <summary>The process above it.</summary>
    public int Holder { get; init; }
    /// <summary>With a terminal, when that was started (<c>ProcessTree.StartOf</c>): nothing else tells later whether it still runs.</summary>
    public long? HolderStart { get; init; }
}

/// <summary>How a job ended.</summary>
internal sealed record JobEnding
{
    public required long Time { get; init; }
    /// <summary>0 to 255; null when nobody saw it.</summary>
    public int? Exit { get; init; }
    /// <summary><c>killed</c>, or the name of a refusal's code.</summary>
    public string? Reason { get; init; }
    /// <summary>The server or its machine stopped beneath it.</summary>
    public bool Lost { get; init; }
}

/// <summary>What is said on a job's status pipe, line by line.</summary>
internal readonly record struct JobStatus(int? Process, int? Exit, int? HolderExit)
{
    /// <summary>Reads what the sandbox (<c>--json-status-fd</c>, one JSON object per line) and the holder (a bare number at the end) have said so far.</summary>
    public static JobStatus Parse(ReadOnlySpan<byte> said)
    {
        var status = default(JobStatus);
        // Only whole lines: the rest is still on its way.
        for (var end = said.IndexOf((byte)'\n'); end >= 0; end = said.IndexOf((byte)'\n'))
        {
            status = status.With(said[..end]);
            said = said[(end + 1)..];
        }

        return status;
    }

    private JobStatus With(ReadOnlySpan<byte> line)
    {
        if (System.Buffers.Text.Utf8Parser.TryParse(line, out int code, out var used) && used == line.Length)
        {
            return this with { HolderExit = code };
        }

        var reader = new Utf8JsonReader(line);
        try
        {
            var said = JsonSerializer.Deserialize(ref reader, SpoolJson.Default.SandboxLine);
            return this with { Process = said?.ChildPid ?? Process, Exit = said?.ExitCode ?? Exit };
        }
        catch (JsonException)
        {
            // A later bubblewrap may say more than we know.
            return this;
        }
    }
}

internal sealed record SandboxLine
{
    [JsonPropertyName("child-pid")]
    public int? ChildPid { get; init; }

    [JsonPropertyName("exit-code")]
    public int? ExitCode { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobRecord))]
[JsonSerializable(typeof(JobEnding))]
[JsonSerializable(typeof(SandboxLine))]
internal sealed partial class SpoolJson : JsonSerializerContext;
