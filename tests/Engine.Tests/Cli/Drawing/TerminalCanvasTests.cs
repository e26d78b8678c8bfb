using Engine.Cli.Drawing;
using NUnit.Framework;

namespace Engine.Tests.Cli.Drawing;

[TestFixture]
public sealed class TerminalCanvasTests
{
    [TestCase("abc", 3, "abc|")]
    [TestCase("abcd", 3, "ab~|")]
    [TestCase("漢字", 4, "漢字|")]
    [TestCase("漢字", 3, "漢~|")]
    public void Put_MoreThanThereIsRoomFor_IsCutWithATilde(string text, int room, string expected)
    {
        string written = Pictures.Capture(80, colours: false, console =>
        {
            var canvas = new TerminalCanvas(10, 1);
            canvas.Put(0, 0, text, room);
            canvas.Put(room, 0, "|", 1);
            console.Write(canvas);
        });

        Assert.That(written, Is.EqualTo(expected + "\n"));
    }
}
