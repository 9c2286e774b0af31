using System.Text.Json;
using Switchboard.EndToEnd.Commands;

namespace Switchboard.EndToEnd.Web;

/// <summary>Rooms and jobs for programs.</summary>
public sealed class RoomAndJobTests(WebSite site) : IClassFixture<WebSite>
{
    [Fact]
    public async Task What_is_said_is_there_once_and_the_terminal_sees_it()
    {
        using WebClient program = await site.ProgramAsync();
        object said = new { text = "said once — 一次", key = "repeat-1" };
        JsonElement first = (await program.PostAsync("/rooms/lobby/messages", said)).Expect(200).Json, again = (await program.PostAsync("/rooms/lobby/messages", said)).Expect(200).Json;
        long number = first.GetProperty("number").GetInt64();
        Assert.Equal(number, again.GetProperty("number").GetInt64());
        JsonElement message = Assert.Single((await program.GetAsync($"/rooms/lobby/messages?from={number}&last=1")).Expect(200).Json.GetProperty("messages").EnumerateArray());
        Assert.Equal(("said once — 一次", WebSite.User, number), (message.GetProperty("text").GetString(), message.GetProperty("from").GetString(), message.GetProperty("number").GetInt64()));
        Assert.Single((await program.GetAsync("/rooms/lobby/messages?words=once")).Expect(200).Json.GetProperty("messages").EnumerateArray());
        Assert.Empty((await program.GetAsync("/rooms/lobby/messages?words=neversaid")).Expect(200).Json.GetProperty("messages").EnumerateArray());
        Assert.Contains((await program.GetAsync("/rooms")).Expect(200).Json.GetProperty("rooms").EnumerateArray(), room => room.GetProperty("name").GetString() == "lobby" && room.GetProperty("last").GetInt64() >= number);
    }

    [Fact]
    public async Task What_cannot_be_said_is_refused()
    {
        using WebClient program = await site.ProgramAsync();
        (await program.PostAsync("/rooms/nosuchroom/messages", new { text = "x" })).Refused(404, "room_unknown");
        (await program.GetAsync("/rooms/nosuchroom/messages")).Refused(404, "room_unknown");
        (await program.PostAsync("/rooms/lobby/messages", new { text = new string('x', 100_000) })).Refused(413, "over_limit");
        Assert.InRange((await program.PostAsync("/rooms/lobby/messages", new { text = "" })).Status, 400, 413);
        (await program.PostAsync("/rooms/lobby/messages", new { words = "x" })).Refused(400, "bad_request");
        (await program.GetAsync("/rooms/lobby/messages?from=x")).Refused(400, "bad_request");
        (await program.GetAsync("/rooms/lobby/messages/99999/file")).Expect(404);
        (await program.GetAsync("/rooms/lobby/messages/x/file")).Refused(400, "bad_request");
    }

    [Fact]
    public async Task A_shared_file_is_read_by_those_who_are_in_the_room()
    {
        using WebClient program = await site.ProgramAsync(), reader = await site.ProgramAsync(WebSite.Admin);
        (await program.PutAsync("/files/shared.txt", "for the room"u8.ToArray())).Expect(201);
        await using LiveWire live = await LiveWire.OpenAsync(site, program);
        await live.SendAsync(new { type = "room-send", id = 1, room = "lobby", path = "/shared.txt", key = "share-1" });
        long number = (await live.ReadAsync("ok")).Header.GetProperty("number").GetInt64();
        JsonElement message = (await program.GetAsync($"/rooms/lobby/messages?from={number}&last=1")).Expect(200).Json.GetProperty("messages").EnumerateArray().Single();
        Assert.Equal(("file", "shared.txt"), (message.GetProperty("kind").GetString(), message.GetProperty("text").GetString()));
        WebAnswer file = (await reader.GetAsync($"/rooms/lobby/messages/{number}/file")).Expect(200);
        Assert.Equal("for the room", file.Text);
        (await reader.GetAsync($"/rooms/lobby/messages/{number}/file", "Range: bytes=4-6")).Expect(206);
    }

    [Fact]
    public async Task A_job_runs_by_itself_and_its_output_is_read_in_pieces()
    {
        using WebClient program = await site.ProgramAsync();
        JsonElement job = await RunAsync(program, new { arguments = (string[])["sh", "-c", "echo $GREETING; echo err >&2; exit 4"], environment = new { GREETING = "你好" }, key = "job-1" });
        string id = job.GetProperty("id").GetString()!;
        Assert.Equal(id, (await program.PostAsync("/jobs", new { arguments = (string[])["sh", "-c", "echo $GREETING; echo err >&2; exit 4"], environment = new { GREETING = "你好" }, key = "job-1" })).Expect(201).Json.GetProperty("id").GetString());
        await CommandSite.EventuallyAsync(async () => (await program.GetAsync("/jobs/" + id)).Expect(200).Json.GetProperty("state").GetString() == "ended", "the job ended");
        JsonElement ended = (await program.GetAsync("/jobs/" + id)).Json;
        Assert.Equal(4, ended.GetProperty("exit").GetInt32());
        WebAnswer output = (await program.GetAsync($"/jobs/{id}/stdout")).Expect(200);
        Assert.Equal(("你好\n", "7"), (output.Text, output.Header("X-Next")));
        Assert.Equal("\n", (await program.GetAsync($"/jobs/{id}/stdout?from=6")).Text);
        Assert.Empty((await program.GetAsync($"/jobs/{id}/stdout?from=700")).Expect(200).Body);
        Assert.Equal("err\n", (await program.GetAsync($"/jobs/{id}/stderr")).Text);
        Assert.DoesNotContain(id, (await program.GetAsync("/jobs")).Expect(200).Text, StringComparison.Ordinal);
        Assert.Contains(id, (await program.GetAsync("/jobs?all")).Expect(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_job_is_listed_signalled_and_nobody_elses()
    {
        using WebClient program = await site.ProgramAsync(), other = await site.ProgramAsync(WebSite.Admin);
        string id = (await RunAsync(program, new { arguments = (string[])["sleep", "600"] })).GetProperty("id").GetString()!;
        Assert.Contains(id, (await program.GetAsync("/jobs")).Expect(200).Text, StringComparison.Ordinal);
        (await other.GetAsync("/jobs/" + id)).Refused(403, "forbidden");
        (await program.PostAsync($"/jobs/{id}/signal", new { signal = "NOSUCH" })).Refused(400, "bad_request");
        (await program.PostAsync($"/jobs/{id}/signal", new { signal = "TERM" })).Expect(204);
        await CommandSite.EventuallyAsync(async () => (await program.GetAsync("/jobs/" + id)).Json.GetProperty("state").GetString() == "ended", "the job ended");
        (await program.GetAsync("/jobs/none")).Refused(404, "job_unknown");
        (await program.PostAsync("/jobs", new { arguments = (string[])[] })).Expect(400);
        (await other.PostAsync("/jobs", new { arguments = (string[])["true"] })).Refused(403, "forbidden");
    }

    private static async Task<JsonElement> RunAsync(WebClient program, object body)
    {
        Assert.SkipUnless(Programs.Has("bwrap"), "skipped: bubblewrap is not installed");
        WebAnswer answer = await program.PostAsync("/jobs", body);
        Assert.SkipWhen(answer.Status == 503 && answer.Code == "run_unavailable", "skipped: this machine runs no commands: " + answer.Text);
        return answer.Expect(201).Json;
    }
}
