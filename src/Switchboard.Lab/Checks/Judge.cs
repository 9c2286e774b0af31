using System.Net;
using System.Net.Sockets;

namespace Switchboard.Lab.Checks;

/// <summary>Tries a learner's program against the rules of one exercise (docs/lab.md), over the wire.</summary>
public static class Judge
{
    // The longest rule waits for a dozen answers at most; a program that talks without end must not hold the judge.
    private static readonly TimeSpan s_longestRule = TimeSpan.FromSeconds(60);

    public static readonly CheckKind[] Kinds =
    [
        StreamChecks.Echo,
        DatagramChecks.Upper,
        StreamChecks.LengthPrefix,
        BlockChecks.Command,
        BlockChecks.Upload,
        HmacChecks.Hmac,
        ChatChecks.Chat,
        DatagramChecks.Chat,
        BlockChecks.Login,
    ];

    /// <summary>Tries every rule, one after the other, each with connections of its own.</summary>
    /// <exception cref="NobodyThereException">Nobody answers, before the first rule.</exception>
    public static async IAsyncEnumerable<RuleResult> TryAsync(CheckKind kind, IPEndPoint program)
    {
        ArgumentNullException.ThrowIfNull(kind);
        bool isFirst = true;
        foreach (Rule rule in kind.Rules)
        {
            yield return await TryAsync(rule, program, isFirst);
            isFirst = false;
        }
    }

    private static async Task<RuleResult> TryAsync(Rule rule, IPEndPoint program, bool isFirst)
    {
        using var visit = new Visit(program);
        try
        {
            return await Task.Factory.StartNew(() => Try(rule, visit, isFirst), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(s_longestRule);
        }
        catch (TimeoutException)
        {
            string limit = $"{s_longestRule.TotalSeconds} s";
            return new(rule, new([], ($"an answer that ends within {limit}", $"在 {limit} 内结束的应答"), ("no end", "没有结束")));
        }
    }

    private static RuleResult Try(Rule rule, Visit visit, bool isFirst)
    {
        try
        {
            rule.Try(visit);
            return new(rule, null);
        }
        catch (BrokenRuleException broken)
        {
            return new(rule, broken);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException || (error is NobodyThereException && !isFirst))
        {
            return new(rule, new([], ("a program that is there", "程序仍在运行"), (error.Message, error.Message)));
        }
    }
}
