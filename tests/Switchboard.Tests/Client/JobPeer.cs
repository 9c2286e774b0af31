using System.Buffers;
using System.Text;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

/// <summary>The server's part of a session, frame by frame.</summary>
internal static class JobPeer
{
    public const string Job = "k3v9t2mq";

    public static async Task StartAsync(this ScriptedPeer peer, string request = "run", long stdout = 0, long stderr = 0, long stdin = 0, long window = 4 << 20, string job = Job)
    {
        await peer.ExpectAsync(request);
        var started = new JobStarted { Id = peer.Id, Job = job, Stdout = stdout, Stderr = stderr, Stdin = stdin, Window = window };
        await peer.SendAsync(started, ProtocolJson.Default.JobStarted);
    }

    public static Task StdoutAsync(this ScriptedPeer peer, long offset, byte[] bytes) =>
        peer.SendAsync(new StandardOutput { Id = peer.Id, Offset = offset }, ProtocolJson.Default.StandardOutput, bytes);

    public static Task StdoutAsync(this ScriptedPeer peer, long offset, string text) => peer.StdoutAsync(offset, Encoding.UTF8.GetBytes(text));

    public static Task StderrAsync(this ScriptedPeer peer, long offset, string text) =>
        peer.SendAsync(new StandardError { Id = peer.Id, Offset = offset }, ProtocolJson.Default.StandardError, Encoding.UTF8.GetBytes(text));

    public static Task TakenAsync(this ScriptedPeer peer, long before) =>
        peer.SendAsync(new InputTaken { Id = peer.Id, Stdin = before }, ProtocolJson.Default.InputTaken);

    public static Task PulseAsync(this ScriptedPeer peer) => peer.SendAsync(new Pulse { Id = peer.Id }, ProtocolJson.Default.Pulse);

    public static Task ExitAsync(this ScriptedPeer peer, int? exit = 0, string state = "ended", string? reason = null, string job = Job) =>
        peer.SendAsync(new JobExit { Id = peer.Id, Job = job, State = state, Exit = exit, Reason = reason }, ProtocolJson.Default.JobExit);

    /// <summary>The header of an output frame and only a part of its payload, then nothing more.</summary>
    public static async Task CutInsideAsync(this ScriptedPeer peer, long offset, byte[] bytes, int sent)
    {
        peer.Writer.WriteHeader(new StandardOutput { Id = peer.Id, Offset = offset }, ProtocolJson.Default.StandardOutput, bytes.Length);
        peer.Writer.WritePayload(bytes.AsSpan(0, sent));
        await peer.Writer.FlushAsync();
        await peer.CutAsync();
    }

    public static long Number(this ScriptedPeer peer, string field) => peer.Header.GetProperty(field).GetInt64();

    public static string? Text(this ScriptedPeer peer, string field) => peer.Header.TryGetProperty(field, out var value) ? value.GetString() : null;
}

/// <summary>What a program wrote, as it was handed on.</summary>
internal sealed class Heard
{
    private readonly ArrayBufferWriter<byte> stdout = new();
    private readonly ArrayBufferWriter<byte> stderr = new();

    public byte[] Bytes => stdout.WrittenSpan.ToArray();

    public string Stdout => Encoding.UTF8.GetString(stdout.WrittenSpan);

    public string Stderr => Encoding.UTF8.GetString(stderr.WrittenSpan);

    public ValueTask TakeAsync(JobOutput stream, ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            (stream == JobOutput.Stdout ? stdout : stderr).Write(segment.Span);
        }

        return ValueTask.CompletedTask;
    }
}
