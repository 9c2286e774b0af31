namespace Switchboard.Cli.Commands.Labs;

/// <summary>The fixed words of the laboratory.</summary>
internal static class LabText
{
    public static readonly Words Sent = ("sent", "发送");
    public static readonly Words Wanted = ("expected", "应为");
    public static readonly Words Got = ("got", "收到");

    public static Words Held(int held, int all) => held == all
        ? ($"All {all} rules hold.", $"{all} 条规则全部符合。")
        : ($"{held} of {all} rules hold.", $"{all} 条规则中符合 {held} 条。");

    public static Words Dropped(int count) => ($"… and {count} more", $"……还有 {count} 条");
}
