using Microsoft.AspNetCore.Http;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Web;
using Switchboard.Server.Services.Files;

namespace Switchboard.Tests.Web;

/// <summary>Preconditions and ranges, row by row (RFC 9110, 13.2.2 and 14.2).</summary>
public class ConditionsTests
{
    private const string Same = "Thu, 01 Jan 2026 12:00:00 GMT", Earlier = "Thu, 01 Jan 2026 11:59:59 GMT", Later = "Thu, 01 Jan 2026 12:00:01 GMT";

    // Half a second after what HTTP can tell of it.
    private const long Modified = 1_767_268_800_500_000;

    [Theory]
    [InlineData("", 200)]
    [InlineData("If-Match: \"v1\"", 200)]
    [InlineData("If-Match: \"x\", \"v1\"", 200)]
    [InlineData("If-Match: *", 200)]
    [InlineData("If-Match: \"x\"", 412)]
    [InlineData("If-Match: W/\"v1\"", 412)]
    [InlineData("If-Match: \"v1\"|If-Unmodified-Since: " + Earlier, 200)]
    [InlineData("If-Unmodified-Since: " + Same, 200)]
    [InlineData("If-Unmodified-Since: " + Later, 200)]
    [InlineData("If-Unmodified-Since: " + Earlier, 412)]
    [InlineData("If-Unmodified-Since: yesterday", 200)]
    [InlineData("If-None-Match: \"v1\"", 304)]
    [InlineData("If-None-Match: W/\"v1\"", 304)]
    [InlineData("If-None-Match: \"x\", \"v1\"", 304)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: \"x\"", 200)]
    [InlineData("If-None-Match: \"x\"|If-Modified-Since: " + Later, 200)]
    [InlineData("If-Modified-Since: " + Same, 304)]
    [InlineData("If-Modified-Since: " + Later, 304)]
    [InlineData("If-Modified-Since: " + Earlier, 200)]
    [InlineData("If-Modified-Since: yesterday", 200)]
    [InlineData("If-Match: \"x\"|If-None-Match: \"v1\"", 412)]
    [InlineData("If-Match: \"v1\"|If-None-Match: \"v1\"", 304)]
    [InlineData("If-Unmodified-Since: " + Earlier + "|If-None-Match: \"v1\"", 412)]
    [InlineData("If-None-Match: \"v1\"|Range: bytes=0-9", 304)]
    [InlineData("If-Match: \"x\"|Range: bytes=0-9", 412)]
    public void A_precondition_is_judged_in_the_order_of_the_RFC(string headers, int status) =>
        Assert.Equal(status == 200 ? new Judgement(200, 0, 1000) : new Judgement(status, 0, null), Judge(headers));

    [Theory]
    [InlineData("bytes=0-99", 206, 0, 100)]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=900-", 206, 900, 100)]
    [InlineData("bytes=999-5000", 206, 999, 1)]
    [InlineData("bytes=-100", 206, 900, 100)]
    [InlineData("bytes=-5000", 206, 0, 1000)]
    [InlineData("bytes=1000-", 416, 0, null)]
    [InlineData("bytes=9223372036854775807-", 416, 0, null)]
    [InlineData("bytes=-0", 416, 0, null)]
    [InlineData("bytes=0-1,5-6", 200, 0, 1000L)]
    [InlineData("bytes=5-2", 200, 0, 1000L)]
    [InlineData("bytes=abc", 200, 0, 1000L)]
    [InlineData("bytes=-", 200, 0, 1000L)]
    [InlineData("bytes=99999999999999999999-", 200, 0, 1000L)]
    [InlineData("items=0-9", 200, 0, 1000L)]
    public void A_range_is_one_part_or_the_whole(string range, int status, long offset, object? length) =>
        Assert.Equal(new Judgement(status, offset, length is null ? null : Convert.ToInt64(length, null)), Judge("Range: " + range));

    [Theory]
    [InlineData("\"v1\"", 206)]
    [InlineData("\"x\"", 200)]
    [InlineData("W/\"v1\"", 200)]
    [InlineData(Same, 206)]
    [InlineData(Earlier, 200)]
    [InlineData(Later, 200)]
    public void A_part_of_another_version_is_not_sent(string condition, int status) =>
        Assert.Equal(status, Judge($"Range: bytes=10-19|If-Range: {condition}").Status);

    [Theory]
    [InlineData("bytes=0-", 416)]
    [InlineData("bytes=-1", 416)]
    [InlineData("bytes=0-1,2-3", 200)]
    public void Of_nothing_there_is_no_part(string range, int status) => Assert.Equal(status, Judge("Range: " + range, size: 0).Status);

    [Fact]
    public void A_range_is_for_GET_alone() => Assert.Equal(new Judgement(200, 0, 1000), Judge("Range: bytes=0-9", method: "HEAD"));

    private static Judgement Judge(string headers, long size = 1000, string method = "GET")
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        foreach (string[] field in headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ", 2)))
        {
            request.Headers[field[0]] = field[1];
        }

        return Conditions.Judge(request, new FileState(new Entry { Path = "/a", Type = "file", Size = size, Modified = Modified }, "v1", null));
    }
}
