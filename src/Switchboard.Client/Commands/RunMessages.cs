using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>What a caller wants as the requests that begin a session.</summary>
internal static class RunMessages
{
    public static RunRequest Request(RunOptions run, string key, (int Rows, int Columns)? size) => new()
    {
        Arguments = run.Arguments.Count,
        Key = key,
        Folder = run.Folder,
        Shell = Given(run.Shell),
        Input = Given(run.Input),
        Terminal = Given(run.Terminal),
        Term = run.Term,
        Rows = size?.Rows,
        Columns = size?.Columns,
        Timeout = run.Timeout?.TotalSeconds,
        Detach = Given(run.Detach),
        WaitWhenFull = Given(run.WaitWhenFull),
    };

    public static AttachRequest Attach(string job, string key, bool input, OutputCursor cursor, (int Rows, int Columns)? size) => new()
    {
        Job = job,
        Key = key,
        Stdout = cursor.Stdout < 0 ? null : cursor.Stdout,
        Stderr = cursor.Stderr < 0 ? null : cursor.Stderr,
        Input = Given(input),
        Rows = size?.Rows,
        Columns = size?.Columns,
    };

    /// <summary>Program, arguments and environment, each ended by a NUL byte.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>: no program, or a NUL in a text, which no program could be given.</exception>
    public static byte[] Payload(RunOptions run)
    {
        if (run.Arguments.Count == 0)
        {
            throw new RefusedException(RefusalCode.BadRequest, "arguments", "no program");
        }

        ReadOnlyMemory<byte>[] texts = [.. run.Arguments, .. run.Environment];
        var payload = new byte[texts.Sum(text => text.Length + 1)];
        var at = 0;
        foreach (var text in texts)
        {
            if (text.Span.Contains((byte)0))
            {
                throw new RefusedException(RefusalCode.BadRequest, "arguments", "a NUL byte");
            }

            text.CopyTo(payload.AsMemory(at));
            at += text.Length + 1;
        }

        return payload;
    }

    private static bool? Given(bool flag) => flag ? true : null;
}
