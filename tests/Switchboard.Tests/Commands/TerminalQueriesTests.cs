using System.Text;
using Switchboard.Server.Services.Commands;
using Xunit;

namespace Switchboard.Tests.Commands;

public class TerminalQueriesTests
{
    [Theory]
    [InlineData("\e[6n")]
    [InlineData("\e[5n")]
    [InlineData("\e[?6n")]
    [InlineData("\e[c")]
    [InlineData("\e[>c")]
    [InlineData("\e[>0q")]
    [InlineData("\e[?2026$p")]
    [InlineData("\e[18t")]
    [InlineData("\e]11;?\a")]
    [InlineData("\e]10;?\e\\")]
    [InlineData("\eP+q544e\e\\")]
    [InlineData("\eP$qm\e\\")]
    public void What_a_terminal_would_answer_is_gone_and_all_else_keeps_its_place(string question)
    {
        Assert.Equal("before" + new string('\0', question.Length) + "\e[31mafter", Blanked("before" + question + "\e[31mafter"));
    }

    [Theory]
    [InlineData("plain text, 你好")]
    [InlineData("\e[2J\e[H\e[1;31mred\e[0m\e[?1049h\e[?25l\e[22;0t\e[8;24;80t")]
    [InlineData("\e]0;a title\a\e]8;;http://x\e\\link")]
    [InlineData("cut in the middle \e[12;")]
    [InlineData("cut \e")]
    [InlineData("cut \e]11;?")]
    [InlineData("\eP1;2;3q picture \e\\")]
    public void What_draws_stays(string output) => Assert.Equal(output, Blanked(output));

    private static string Blanked(string output)
    {
        var bytes = Encoding.UTF8.GetBytes(output);
        TerminalQueries.Blank(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
