// Reviews of our own writing, to try the model on.

export const EXAMPLES = {
	glowing: "I came in expecting little and went out grinning. The two leads are a joy together, and the ending is exactly right. One of the best films in years.",
	scathing: "Two hours that nobody will give back. The plot makes no sense, and even the explosions are boring. I walked out. Avoid it.",
	mixed: "The photography is gorgeous, and the first half hour had me hooked. Then the story loses its way and becomes a tired chase. I do not regret seeing it, but once is enough.",
	ironic: "Oh, wonderful, another superhero with a sad childhood. I especially enjoyed the forty minutes in which nothing happened. A masterpiece, if you like watching paint dry.",
};
