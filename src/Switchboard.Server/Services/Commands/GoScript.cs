using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// What the shell inside a sandbox is told to become: a few lines that set the folder and the environment and end in <c>exec</c>. Everything a
/// client gave stands in single quotes, within which a POSIX shell takes every byte but the quote itself as it is.
/// </summary>
internal static class GoScript
{
    /// <summary>Where the shell reads it from.</summary>
    public const int Descriptor = 9;

    /// <param name="plan">What is to be run.</param>
    /// <param name="id">The job's, which it finds as <c>SWITCHBOARD_JOB</c>.</param>
    /// <param name="home">The home as the job sees it.</param>
    /// <param name="tellProcess">Say the process's number on the status pipe, where no sandbox does.</param>
    public static byte[] Write(JobPlan plan, string id, string home, bool tellProcess)
    {
        var script = new MemoryStream(256);
        Line(script, tellProcess ? $"printf '{{\"child-pid\":%s}}\\n' \"$$\" >&{Holder.SandboxStatus}; exec {Holder.SandboxStatus}>&- {Descriptor}<&-" : $"exec {Descriptor}<&-");
        if (plan.Terminal is null && !plan.Input)
        {
            Line(script, "exec </dev/null");
        }

        Words(script, "cd --", FileName.From(home + plan.Folder.TrimEnd('/')));
        Line(script, " || exit 126");
        // The shell's own marks are no part of the environment that is promised.
        Line(script, "unset OLDPWD SHLVL _");
        Words(script, "export", [FileName.From($"SWITCHBOARD_JOB={id}"), .. Terminal(plan), .. plan.Environment]);
        Line(script, "");
        Exec(script, plan);
        return script.ToArray();
    }

    private static IEnumerable<FileName> Terminal(JobPlan plan) =>
        plan.Terminal is null ? [] : [FileName.From("TERM=" + (plan.Term ?? "xterm-256color"))];

    private static void Exec(MemoryStream script, JobPlan plan)
    {
        if (plan.Shell)
        {
            Words(script, "exec /bin/sh -c", plan.Arguments[0]);
            Line(script, "");
            return;
        }

        var program = plan.Arguments[0];
        if (program.Bytes.IndexOf((byte)'/') < 0)
        {
            Words(script, "command -v", program);
            Words(script, " >/dev/null || { printf '%s: command not found\\n'", program);
            Line(script, " >&2; exit 127; }");
        }

        Words(script, "exec", [.. plan.Arguments]);
        Line(script, "");
    }

    /// <summary>Names that a shell would take for options of <c>exec</c> cannot be run by name.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static void Check(JobPlan plan)
    {
        if (plan.Arguments[0].Bytes is [] or [(byte)'-', ..] && !plan.Shell)
        {
            throw new RefusedException(RefusalCode.BadRequest, plan.Arguments[0].ToString(), "not a program's name");
        }

        foreach (var text in plan.Environment)
        {
            if (!IsAssignment(text.Bytes))
            {
                throw new RefusedException(RefusalCode.BadRequest, text.ToString(), "expected NAME=value, a name of letters, digits and _");
            }
        }
    }

    private static bool IsAssignment(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'=');
        return end > 0 && !char.IsAsciiDigit((char)text[0]) && text[..end].IndexOfAnyExcept(NameBytes) < 0;
    }

    private static readonly System.Buffers.SearchValues<byte> NameBytes =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    private static void Line(MemoryStream script, string text) => script.Write(Encoding.UTF8.GetBytes(text + "\n"));

    private static void Words(MemoryStream script, string command, params ReadOnlySpan<FileName> words)
    {
        script.Write(Encoding.UTF8.GetBytes(command));
        foreach (var word in words)
        {
            script.Write(" '"u8);
            Quote(script, word.Bytes);
            script.Write("'"u8);
        }
    }

    private static void Quote(MemoryStream script, ReadOnlySpan<byte> bytes)
    {
        for (var at = bytes.IndexOf((byte)'\''); at >= 0; at = bytes.IndexOf((byte)'\''))
        {
            script.Write(bytes[..at]);
            script.Write(@"'\''"u8);
            bytes = bytes[(at + 1)..];
        }

        script.Write(bytes);
    }
}
