using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Web;

namespace Switchboard.Tests.Web;

/// <summary>What a tus client tells of a file.</summary>
public class UploadNoteTests
{
    [Theory]
    [InlineData("path=a/b.txt filename=c.txt", "a/b.txt", "c.txt")]
    [InlineData("filename=c.txt name=d.txt", "c.txt", "c.txt")]
    [InlineData("name=d.txt", "d.txt", "d.txt")]
    [InlineData("path=a/b/中文.txt", "a/b/中文.txt", "中文.txt")]
    [InlineData("filename=../../x", "../../x", "x")]
    [InlineData("type=text/plain", null, null)]
    [InlineData("path= filename=c", "c", "c")]
    public void The_path_is_the_first_that_is_told_and_a_name_is_never_a_path(string told, string? path, string? name)
    {
        var note = Read(told);
        Assert.Equal(path, note.Path);
        Assert.Equal(name, note.FileName);
    }

    [Theory]
    [InlineData("modified=1767268800123456", 1_767_268_800_123_456L)]
    [InlineData("last_modified=1767268800123", 1_767_268_800_123_000L)]
    [InlineData("lastModified=1767268800123", 1_767_268_800_123_000L)]
    [InlineData("modified=5 last_modified=9", 5L)]
    [InlineData("modified=-5", -5L)]
    [InlineData("modified=soon", null)]
    [InlineData("modified=1e9", null)]
    [InlineData("last_modified=9223372036854775807", null)]
    [InlineData("path=a", null)]
    public void Times_are_microseconds_whoever_tells_them(string told, long? modified)
    {
        var plan = Read(told).PlanOf("a");
        Assert.Equal((modified, modified is not null, true), (plan.Modified, plan.Preserve, plan.Parents));
    }

    [Theory]
    [InlineData("if_exists=skip", IfExists.Skip)]
    [InlineData("if_exists=keep-both", IfExists.KeepBoth)]
    [InlineData("if_exists=fail", IfExists.Fail)]
    [InlineData("if_exists=overwrite", IfExists.Overwrite)]
    [InlineData("path=a", IfExists.Overwrite)]
    public void What_to_do_with_a_file_that_stands_there_is_said_as_for_PUT(string told, IfExists rule) => Assert.Equal(rule, Read(told).PlanOf("a").IfExists);

    [Theory]
    [InlineData("path YQ==,, ,filename Yg==")]
    [InlineData(" path  YQ== ")]
    [InlineData("path YQ==,is_confidential")]
    [InlineData("path YQ==,empty ")]
    public void Spare_commas_and_keys_without_a_value_do_no_harm(string field) => Assert.Equal("a", UploadNote.Read(field).Path);

    [Theory]
    [InlineData("path a/b.txt")]
    [InlineData("path YQ=")]
    [InlineData("path YQ== YQ==")]
    [InlineData("path /w==")]
    public void What_is_no_text_in_base64_is_refused(string field) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => UploadNote.Read(field)).Code);

    [Fact]
    public void An_unknown_rule_is_refused() =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => Read("if_exists=perhaps").PlanOf("a")).Code);

    private static UploadNote Read(string told) =>
        UploadNote.Read(string.Join(',', told.Split(' ').Select(pair => pair.Split('=')).Select(pair => $"{pair[0]} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair[1]))}")));
}
