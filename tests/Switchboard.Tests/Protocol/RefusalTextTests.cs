using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Protocol;

public class RefusalTextTests
{
    public static TheoryData<RefusalCode> Codes { get; } = [.. Enum.GetValues<RefusalCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_has_a_name_a_sentence_and_a_hint_in_both_languages(RefusalCode code)
    {
        Assert.Matches("^[a-z]+(_[a-z]+)*$", code.Name());
        Assert.Equal(code.ToString(), code.Name().Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        Assert.True(RefusalCodes.TryParse(code.Name(), out var back) && back == code);
        Assert.InRange(code.ExitCode(), 1, 7);
        Refusal[] shapes =
        [
            new(code),
            new(code) { Subject = "a.txt" },
            new(code) { Subject = "a.txt", Detail = "EIO", Free = 5, Missing = 6, RetryAfter = 7 },
        ];
        Assert.All(shapes, Speaks);
    }

    [Fact]
    public void A_full_quota_says_how_much_is_free_and_how_much_is_missing()
    {
        var refusal = new Refusal(RefusalCode.OverQuota) { Subject = "film.mkv", Free = 3 * 1024 * 1024, Missing = 1536L * 1024 * 1024 };
        Assert.Equal("“film.mkv” does not fit into your quota: 3 MiB is free, 1.5 GiB is missing.", RefusalText.Sentence(refusal, Language.English));
        Assert.Equal("“film.mkv”超出您的配额：剩余 3 MiB，还差 1.5 GiB。", RefusalText.Sentence(refusal, Language.Chinese));
    }

    [Fact]
    public void What_is_not_known_is_left_out()
    {
        Assert.Equal("This does not fit into your quota.", RefusalText.Sentence(new Refusal(RefusalCode.OverQuota), Language.English));
        Assert.Equal("Wait a minute, then try again. A device that has logged in before is not held up.",
            RefusalText.Hint(new Refusal(RefusalCode.TooManyTries), Language.English));
        Assert.StartsWith("Wait 3 s,", RefusalText.Hint(new Refusal(RefusalCode.TooManyTries) { RetryAfter = 2.2 }, Language.English), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_details_are_shown_escaped_and_never_as_templates()
    {
        var refusal = new Refusal(RefusalCode.NotFound) { Subject = "{free}[x]\u001b[2J\u202e", Detail = "a\nb" };
        Assert.Equal("“{free}[x]\\u{1b}[2J\\u{202e}” does not exist (a\\u{a}b).", RefusalText.Sentence(refusal, Language.English));
    }

    [Fact]
    public void A_refusal_comes_back_from_its_error_frame()
    {
        var refusal = new Refusal(RefusalCode.DiskFull) { Subject = "/a", Detail = "ENOSPC", Free = 1, Missing = 2, RetryAfter = 3.5 };
        var answer = Errors.ToAnswer(refusal, 7, Language.Chinese);
        Assert.Equal(7, answer.Id);
        Assert.Equal(refusal, Errors.ToRefusal(answer));
    }

    [Fact]
    public void A_code_of_a_later_version_keeps_what_the_server_said()
    {
        var refusal = Errors.ToRefusal(new ErrorAnswer { Code = "out_of_tea", Message = "There is no tea." });
        Assert.Equal(RefusalCode.Internal, refusal.Code);
        Assert.Equal("out_of_tea: There is no tea.", refusal.Detail);
    }

    private static void Speaks(Refusal refusal)
    {
        foreach (var language in Enum.GetValues<Language>())
        {
            var (sentence, hint) = (RefusalText.Sentence(refusal, language), RefusalText.Hint(refusal, language)!);
            foreach (var text in (string[])[sentence, hint])
            {
                Assert.EndsWith(language == Language.Chinese ? "。" : ".", text, StringComparison.Ordinal);
                Assert.DoesNotMatch(@"[\[\]{}|]|  |\s[.,。，]", text);
                Assert.Equal(language == Language.Chinese, text.Any(c => c is >= '\u4e00' and <= '\u9fff'));
            }
        }
    }
}
