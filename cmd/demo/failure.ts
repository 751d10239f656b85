// StoryFailure: something that must happen did not, or something happened that must not. It ends the demo with exit code 1.

export class StoryFailure extends Error {}
