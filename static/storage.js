// What this browser keeps. A browser that keeps nothing is no error.

export function recall(storage, key) {
	try {
		return globalThis[storage].getItem(key);
	} catch {
		return null;
	}
}

export function keep(storage, key, value) {
	try {
		if (value === null) globalThis[storage].removeItem(key);
		else globalThis[storage].setItem(key, value);
		return true;
	} catch {
		return false;
	}
}
