using System.Security.Cryptography;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands;

/// <summary>Where a new password comes from: standard input, a question asked twice, or chance. Never an argument.</summary>
internal static class Secrets
{
    public static readonly Flag PasswordStdin = new("password-stdin", ("Read the password from the first line of standard input", "从标准输入的第一行读取密码"));

    // Without 0/O, 1/l/I, so that it can be read out loud and typed. 5 groups of 4 from 31 characters are 99 bits.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>The new password, and whether it was made up here and so must be told.</summary>
    public static async Task<(string Password, bool Generated)> NewAsync(Invocation call, Words prompt)
    {
        if (call.Has(PasswordStdin))
        {
            return (await FromStdinAsync(call.Stop), false);
        }
        return Tty.InputIsTerminal ? (await AskTwiceAsync(call, prompt), false) : (Generate(), true);
    }

    public static async Task<string> FromStdinAsync(CancellationToken stop) =>
        await Input.LineAsync(stop) is { Length: > 0 } line ? line : throw new UsageException(SecretText.EmptyStdin);

    public static string Generate() =>
        string.Join('-', Enumerable.Range(0, 5).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));

    private static async Task<string> AskTwiceAsync(Invocation call, Words prompt)
    {
        while (true)
        {
            string first = (await Input.SecretAsync(call.Printer, prompt, call.Stop))!;
            if (await Input.SecretAsync(call.Printer, SecretText.Again, call.Stop) == first)
            {
                return first;
            }
            call.Printer.Complain(call.Printer.In(SecretText.Differ));
        }
    }
}

internal static class SecretText
{
    public static readonly Words New = ("New password: ", "新密码：");
    public static readonly Words Again = ("The same again: ", "再输入一次：");
    public static readonly Words Differ = ("The two were not the same. Once more:", "两次输入不一致，请重新输入：");
    public static readonly Words EmptyStdin = ("The first line of standard input is empty; a password was expected there.", "标准输入的第一行是空的，应为密码。");
}
